"""Controls whose clause starts with IV: trackers and the federal rules.

Evidence is gathered in `lineage/`, numbers live in `district.yaml`, words in `catalogue.yaml`. Which expectations a control has
follows from its `evaluated`; an expectation that only this section needs goes here.
The roll-up of IV.D needs the other controls' results, and so a second call after all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rows import control_suite, section_suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite

SECTION = "IV"

ROLL_UP = "IV.D.ferpa-coppa-rollup"
"""Rests on the verdicts on all other controls."""


def suite() -> ExpectationSuite:
    return section_suite(SECTION, but=(ROLL_UP,))


def roll_up_suite() -> ExpectationSuite:
    """For the second call, when the stage knows the other verdicts."""
    return control_suite(ROLL_UP)
