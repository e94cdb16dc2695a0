"""Forms, filled in: labels beside values, in a PDF's fields or laid out in a document. Knows neither format.

Each form is a record, so that a label is the header of what was filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scanners.header import hint
from scanners.readers.tables import RowTable, clean_name
from scanners.schemas import TextTable

FORM_FIELDS = "form fields"
_LABELLED = re.compile(r"\s*([^\W\d_](?:[^:\n]{0,60}[\w)?])?)\s*:(?:\s+|$)(.*)", re.S)
_MOST_FORMS = 10_000
_FEWEST_LABELS = 3
_LONGEST_LABEL = 60

Pairs = list[tuple[str, str]]


class Forms:
    """All forms of a file. `pairs` are its labels and values in order."""

    def __init__(self) -> None:
        self.pairs: Pairs = []
        self._records: list[dict[str, str]] = []

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """One form; where its first label comes again, another one begins."""
        record: dict[str, str] = {}
        first = None
        for label, value in pairs:
            name = " ".join(clean_name(label).split()).rstrip(":").rstrip() or "field"
            self.pairs.append((name, value))
            if name == first and len(self._records) < _MOST_FORMS:
                self._records.append(record)
                record = {}
            first = first or name
            unique, again = name, 2
            while unique in record:
                unique, again = f"{name}#{again}", again + 1
            record[unique] = value
        if record:
            self._records.append(record)

    def tables(self) -> list[TextTable]:
        """The table of form fields; none where there is no form."""
        table = RowTable(FORM_FIELDS)
        for record in self._records:
            table.add(record)
        return table.tables()


def form(rows: Iterable[Sequence[str]]) -> tuple[Pairs, list[str]] | None:
    """The labels and values of a table that is a form, and cells of it that are neither; None where it is none.

    In a form cells go two by two, and most labels have their colon; of two columns, that the first is of labels may be plain.
    """
    rows = list(rows)
    cells = [(row[n], row[n + 1] if n + 1 < len(row) else "") for row in rows for n in range(0, len(row), 2)]
    cells = [(label, value) for label, value in cells if label or value]
    labels = sum(label.rstrip().endswith(":") for label, _ in cells)
    is_form = 2 * labels > len(cells) or _labels_plainly(rows)
    if not cells or not is_form or any(not label or value.rstrip().endswith(":") for label, value in cells):
        return None
    return [(label, value) for label, value in cells if value], [label for label, value in cells if not value]


def _labels_plainly(rows: Sequence[Sequence[str]]) -> bool:
    """Two columns: most cells of the first are headers that the lexicon knows; the second has none where a table has its own."""
    pairs = [(row[0], row[1]) for row in rows if len(row) == 2 and row[0]]
    if len(pairs) < max(_FEWEST_LABELS, len(rows)) or len({label for label, _ in pairs}) < len(pairs):
        return False
    known = sum(hint(label).meaning is not None and len(label) <= _LONGEST_LABEL for label, _ in pairs)
    return 2 * known > len(pairs) and hint(pairs[0][1]).meaning is None


def labelled(lines: Iterable[str]) -> Pairs:
    """Lines of the form `label: value`; what follows on the next lines, down to the next label or a blank, belongs to the value."""
    pairs: Pairs = []
    continuing = False
    for line in lines:
        if found := _LABELLED.fullmatch(line):
            pairs.append((found[1], found[2].strip()))
            continuing = True
        elif continuing and line.strip() and pairs:
            label, value = pairs[-1]
            pairs[-1] = (label, f"{value}\n{line.strip()}".strip())
        else:
            continuing = False
    return pairs
