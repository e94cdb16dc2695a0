"""Controls whose clause starts with IV: trackers and the federal rules.

Evidence is gathered in `lineage/`, numbers live in `district.yaml`, words in `catalogue.yaml`. Which expectations a control has
follows from its `evaluated`; an expectation that only this section needs goes here.
The roll-up of IV.D needs the other controls' results, and so a second call after all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rows import section_suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite

SECTION = "IV"


def suite() -> ExpectationSuite:
    return section_suite(SECTION)
