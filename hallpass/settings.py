"""Where things lie and which day it is: read once, here, from flags and the environment; every other room gets values.

Put a setting here when it says *where* or *when*. What a district decides about its data (clocks, thresholds, vendors)
belongs in its `district.yaml`, and the value of a key belongs nowhere but in its file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hallpass.errors import Refused

DEFAULT_HOME = "var"


@dataclass(frozen=True)
class Settings:
    """Paths are absolute. `as_of` is None when nobody named a day: then it is today in the district's time zone.

    `spacy_model` is a path or an installed package to find names with instead of the one that the locks install.
    """

    home: Path
    district: Path
    is_example: bool
    as_of: date | None
    key_file: Path
    spacy_model: str | None = None

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        home: str | None = None,
        district: str | None = None,
        as_of: str | None = None,
    ) -> Settings:
        """Flags win over HALLPASS_HOME, HALLPASS_DISTRICT, HALLPASS_AS_OF and HALLPASS_KEY; an empty variable is none."""
        home_path = Path(home or environ.get("HALLPASS_HOME") or DEFAULT_HOME).expanduser().resolve()
        named = district or environ.get("HALLPASS_DISTRICT")
        key = environ.get("HALLPASS_KEY")
        return cls(
            home=home_path,
            district=Path(named).expanduser().resolve() if named else home_path / "example" / "district",
            is_example=not named,
            as_of=_day(as_of or environ.get("HALLPASS_AS_OF")),
            spacy_model=environ.get("HALLPASS_SPACY_MODEL") or None,
            key_file=Path(key).expanduser().resolve() if key else home_path / "keys" / "master.key",
        )

    def day(self, time_zone: str, now: datetime | None = None) -> date:
        """The as-of day: the one that was named, else today in the district's zone (IANA name)."""
        return self.as_of or (now or datetime.now(ZoneInfo(time_zone))).astimezone(ZoneInfo(time_zone)).date()

    @property
    def inbox(self) -> Path:
        return self.district / "inbox"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def chain(self) -> Path:
        """The chain over the record of disclosures; beside the lake, because it must outlive it."""
        return self.home / "chain.jsonl"

    @property
    def stage(self) -> Path:
        """Facts and the mart to be, written anew by every night."""
        return self.home / "stage"

    @property
    def mart(self) -> Path:
        """The published mart, read only, replaced atomically."""
        return self.home / "mart" / "compliance.duckdb"

    @property
    def report(self) -> Path:
        return self.home / "report"

    @property
    def dagster(self) -> Path:
        return self.home / "dagster"

    @property
    def night_lock(self) -> Path:
        return self.home / "night.lock"


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("The as-of day is not a date.", "write it as YYYY-MM-DD, for example AS_OF=2026-06-30") from None
