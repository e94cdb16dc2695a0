"""Is a table that is called aggregate truly one? The disclosure audit: pure functions over a `TextTable`.

`audit` is the way in. `cells` reads numbers and suppression tokens, `layout` says which columns are keys, counts and percentages,
`grain` finds rows of single persons, `small_cells` finds groups that are too small to show. What a roster matches comes in as an
argument; what follows from a finding is decided elsewhere.
"""

from __future__ import annotations

from scanners.aggregate.audit import AuditFinding, AuditSettings, audit

__all__ = ["AuditFinding", "AuditSettings", "audit"]
