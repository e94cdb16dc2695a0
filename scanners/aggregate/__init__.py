"""Is a table that is called aggregate truly one? The disclosure audit: pure functions over `TextTable`s.

`audit_tables` is the way in, for all tables that were published together or one after the other; `audit` takes one table. `findings`
holds the shapes that go in and come out. `cells` reads numbers and suppression tokens, `layout` says which columns are keys, counts and
percentages, and each step of the audit is a module. What a roster matches comes in as an argument; what follows from a finding is
decided elsewhere.
"""

from __future__ import annotations

from scanners.aggregate.audit import Audited, AuditFinding, AuditSettings, Published, audit, audit_tables

__all__ = ["AuditFinding", "AuditSettings", "Audited", "Published", "audit", "audit_tables"]
