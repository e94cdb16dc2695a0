"""The example district as the front door handles it: written on first use, and anew when its day or its generator moved."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

from hallpass.errors import Refused
from hallpass.settings import Settings

ZONE = "America/Chicago"
"""The example district's own; here because its day must be known before it is written."""


def write(folder: Path, *, seed: int, students: int, as_of: date) -> Path:
    """Write the district and, beside it, the truth about it; return where the truth lies."""
    from examples.prairie_ridge import default_truth, generate

    truth = default_truth(folder)
    try:
        generate(folder, truth, seed, students, as_of=as_of)
    except FileExistsError:
        raise Refused(f"{folder} is not empty.", "name a new folder, or remove this one first") from None
    return truth


def is_current(settings: Settings) -> bool:
    marker = _marker(settings)
    return marker.exists() and json.loads(marker.read_text()) == _state(settings)


def make(settings: Settings) -> None:
    """Replace the example district. Call it under the lock of the home."""
    from examples.prairie_ridge import SEED, STUDENTS

    shutil.rmtree(settings.district.parent, ignore_errors=True)
    write(settings.district, seed=SEED, students=STUDENTS, as_of=settings.day(ZONE))
    _marker(settings).write_text(json.dumps(_state(settings)))


def _marker(settings: Settings) -> Path:
    """Written last, so that a killed generator leaves no half example behind."""
    return settings.district.parent / "made.json"


def _state(settings: Settings) -> dict[str, str]:
    return {"as_of": settings.day(ZONE).isoformat(), "generator": _generator()}


def _generator() -> str:
    """A digest of the generator's own source."""
    digest = hashlib.sha256()
    for file in sorted(Path(str(files("examples"))).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
