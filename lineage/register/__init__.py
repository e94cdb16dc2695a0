"""What the district wrote: its settings, its vendors and agreements, its consents, holds and requests.

`load_register` reads a district folder, `problems` says what is wrong with one. Deliveries belong to `scanners`.
"""

from lineage.register.load import Register, load_district, load_register, problems, register_digest
from lineage.register.models import (
    INBOX_KINDS,
    PURPOSES,
    Agreement,
    Authorized,
    Category,
    District,
    Schedule,
    Subprocessor,
    System,
    Vendor,
)
from lineage.register.parties import Party
from lineage.register.problems import Problem, RegisterErrors
from lineage.register.tables import Consent, Decision, Document, Event, Hold, OptOut, Request, Waiver

__all__ = [
    "INBOX_KINDS",
    "PURPOSES",
    "Agreement",
    "Authorized",
    "Category",
    "Consent",
    "Decision",
    "District",
    "Document",
    "Event",
    "Hold",
    "OptOut",
    "Party",
    "Problem",
    "Register",
    "RegisterErrors",
    "Request",
    "Schedule",
    "Subprocessor",
    "System",
    "Vendor",
    "Waiver",
    "load_district",
    "load_register",
    "problems",
    "register_digest",
]
