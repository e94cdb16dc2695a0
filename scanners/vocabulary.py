"""Which data element an attribute becomes, by whose it is. The slugs are the public contract's; their classes are given to the scan.

Source: NDPA Exhibit B, "Schedule of Data"; a guardian's elements belong to the student of the row, and a staff member named
in a student's row is that student's teacher or counselor.
"""

from __future__ import annotations

NAME = ("name", "name.full", "name.given", "name.family", "name.middle", "person")

BY_ROLE: dict[str, dict[str, str]] = {
    "student": {
        **dict.fromkeys(NAME, "student_name"),
        "email": "student_contact.email",
        "phone": "student_contact.phone",
        "address": "student_contact.address",
        "id": "student_id.local",
        "id.local": "student_id.local",
        "state_id": "student_id.state",
        "id.state": "student_id.state",
        "id.provider": "student_id.provider",
        "username": "student_id.username",
        "id.username": "student_id.username",
        "password": "student_id.password",
        "ssn": "student_id.ssn",
        "birth_date": "demographics.birth_date",
        "gender": "demographics.gender",
    },
    "guardian": {
        **dict.fromkeys(NAME, "guardian_name"),
        "email": "guardian_contact.email",
        "phone": "guardian_contact.phone",
        "address": "guardian_contact.address",
        "id": "guardian_id",
        "id.local": "guardian_id",
        "id.state": "guardian_id",
        "state_id": "guardian_id",
        "id.provider": "guardian_id",
        "username": "guardian_id",
        "id.username": "guardian_id",
        "ssn": "guardian_id",
        "password": "guardian_id",
        "birth_date": "other",
        "gender": "other",
    },
    "staff": {
        **dict.fromkeys(NAME, "staff_name"),
        "email": "staff_contact.work",
        "phone": "staff_contact.work",
        "address": "staff_contact.home",
        "id": "staff_id",
        "id.local": "staff_id",
        "id.state": "staff_id",
        "state_id": "staff_id",
        "id.provider": "staff_id",
        "username": "staff_id",
        "id.username": "staff_id",
        "ssn": "staff_id",
        "password": "staff_id",
        "birth_date": "other",
        "gender": "other",
    },
}

ATTRIBUTES = frozenset(BY_ROLE["student"])
"""What a hint may say that is not yet an element."""

IDENTIFYING = ATTRIBUTES - {"password", "birth_date", "gender"}
"""Attributes that mean one person."""

STAFF_ELEMENTS = frozenset(
    {"staff_name", "staff_contact.work", "staff_contact.home", "staff_id", "staff_credential", "staff_evaluation", "staff_pay"}
)

IDENTITY = frozenset(
    {
        "student_name",
        "student_id.local",
        "student_id.state",
        "student_id.provider",
        "student_id.username",
        "student_id.ssn",
        "student_contact.email",
        "student_contact.phone",
        "student_contact.address",
    }
)
"""Elements that make an unresolved row a row about somebody."""

INDICATORS = ("special.", "program_membership", "enrollment.program", "demographics.ethnicity_race", "biometric", "photo_audio_video")
"""Elements whose blank or negative values disclose nothing."""

MEASURED = ("assessment.score", "performance.in_app", "transcript.grade", "attendance", "application.usage")
"""Elements whose zeros say as much as any other number."""


def element(meaning: str, role: str) -> str:
    """The slug for an attribute of a person in this role; a slug comes back as it is."""
    return BY_ROLE[role].get(meaning, meaning)


def in_student_row(slug: str, counselor: bool) -> str:
    """A staff element as it counts in a row about a student."""
    if slug in STAFF_ELEMENTS:
        return "enrollment.counselor" if counselor else "schedule.teacher"
    return slug
