"""The example's one clock: every date of the district is counted from the as-of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Calendar:
    """Days before (and, when negative, after) the as-of day; school years start on 1 August."""

    as_of: date

    def back(self, days: int) -> date:
        """The day `days` before the as-of day."""
        return self.as_of - timedelta(days=days)

    @property
    def school_year(self) -> int:
        """The calendar year in which the current school year started."""
        return self.as_of.year if (self.as_of.month, self.as_of.day) >= (8, 1) else self.as_of.year - 1

    def moment(self, days: int, minute: int) -> str:
        """An instant on the local (America/Chicago) day `days` back, `minute` minutes after 15:00 UTC (0 to 480), in UTC with a `Z`."""
        if not 0 <= minute <= 480:
            raise ValueError("the instant must stay well inside the local day")
        hours, minutes = divmod(15 * 60 + minute, 60)
        return f"{self.back(days)}T{hours:02d}:{minutes:02d}:00.000Z"

    def evening(self, days: int, minute: int) -> str:
        """An instant on the evening of the local day `days` back, when it is already the next day in UTC (02:00 plus 0 to 59 minutes)."""
        if not 0 <= minute <= 59:
            raise ValueError("the instant must stay within the hour")
        return f"{self.back(days - 1)}T02:{minute:02d}:00.000Z"


def whole_years(birth: date, day: date) -> int:
    """Age in full years on `day`; who was born on 29 February has a birthday on 1 March in common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
