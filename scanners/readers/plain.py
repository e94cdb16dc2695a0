"""Typed values (Parquet, SQLite, old workbooks) as the text that a person would have written. Knows no format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from scanners.readers import encoding


def number(value: float) -> str:
    """A number without the `.0` that an id gets where its column was read as one of fractions."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def moment(value: datetime) -> str:
    """ISO 8601; a day alone where the time is midnight and no offset says that an instant is meant."""
    if value.tzinfo is None and value.time() == time():
        return value.date().isoformat()
    return value.isoformat()


def blob(data: bytes) -> str | None:
    """The text in a binary value, None where it is none."""
    try:
        text = data.decode("utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        return None
    controls = sum(1 for c in text if c < " " and c not in "\t\r\n")
    return text if controls * 10 <= len(text) else None


def text(data: bytes) -> str:
    """What is declared to be text, in whatever encoding it really is."""
    try:
        return data.decode("utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        return encoding.decode(data).text or data.decode("latin-1").replace("\x00", "")


class Plain:
    """Turns values into text, maps and lists of text; counts what is binary."""

    def __init__(self) -> None:
        self.binary = 0

    def value(self, value: object) -> object:
        """A scalar as text or None; maps and lists with their scalars so."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return number(value)
        if isinstance(value, datetime):
            return moment(value)
        if isinstance(value, (date, time)):
            return value.isoformat()
        if isinstance(value, bytes):
            return self._binary(value)
        if isinstance(value, Mapping):
            return {str(self.value(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        if isinstance(value, Decimal):
            return f"{value:f}"
        return str(value.total_seconds()) if isinstance(value, timedelta) else str(value)

    def scalar(self, value: object) -> str | None:
        """The same for what is known to be no map or list."""
        return None if (plain := self.value(value)) is None else str(plain)

    def _binary(self, data: bytes) -> str | None:
        found = blob(data)
        self.binary += found is None
        return found
