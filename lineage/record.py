"""One student's record of disclosures (34 CFR 99.32), read from a published mart.

Here belongs the reading; whose key it is, is found out by who holds the key file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def record(mart: Path, subject_key: str) -> list[dict[str, Any]]:
    """The rows of `disclosures` of one subject, as column → value (dates as `date`), oldest first; empty where nothing is known."""
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        cursor = con.execute(
            "SELECT * FROM disclosures WHERE subject_key = ? ORDER BY first_seen_on, from_party_id, to_party_id, data_element",
            [subject_key],
        )
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
