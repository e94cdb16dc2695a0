"""What `workspace.yaml` loads. Nothing else imports this module."""

from __future__ import annotations

from assets.build import build_definitions
from assets.instance import harden
from hallpass.home import prepare
from hallpass.settings import Settings

harden()
_settings = Settings.read()
prepare(_settings)
defs = build_definitions(settings=_settings)
