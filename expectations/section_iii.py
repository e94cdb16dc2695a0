"""Controls whose clause starts with III: return, ownership and destruction when a contract ends.

Evidence is gathered in `lineage/`, numbers live in `district.yaml`, words in `catalogue.yaml`. Which expectations a control has
follows from its `evaluated`; an expectation that only this section needs goes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.rows import section_suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite

SECTION = "III"


def suite() -> ExpectationSuite:
    return section_suite(SECTION)
