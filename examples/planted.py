"""Every personal value an example (or any) district's roster holds, for leak searches."""

from __future__ import annotations

import csv
from pathlib import Path

IDS = ("sourcedId", "identifier", "username", "email", "phone", "sms", "metadata.homeAddress")


def planted_values(folder: Path) -> set[str]:
    """Ids, usernames, e-mails, phones, addresses, full names (both orders) and birth dates of the roster in a district folder."""
    values: set[str] = set()
    for row in _rows(folder / "roster" / "users.csv"):
        values |= {row[key] for key in IDS if row.get(key)}
        for given in {row["givenName"], row.get("metadata.preferredFirstName") or row["givenName"]}:
            values |= {f"{given} {row['familyName']}", f"{row['familyName']}, {given}"}
    values |= {row["birthDate"] for row in _rows(folder / "roster" / "demographics.csv") if row.get("birthDate")}
    return values


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
