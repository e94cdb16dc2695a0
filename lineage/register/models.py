"""The keys of district.yaml, schedule.yaml and a vendor file, with their defaults and vocabularies (INTERFACE 1.1 to 1.3).

Here belongs what one file may say. What several files say together (two parties with one id) is in `check.py`. Every model takes
the text of `yaml_text.py`: a key without a value counts as left out.

Left out of a vendor file, a key means: `hosted: true`; `on_termination: return`; `ferpa_basis: school_official`; `consent:
not_required` (POLICY: consent is asked "where an agreement requires consent"); `aggregate_only: false`; `purposes:
[educational_service]`; 60 days to return and to destroy; 365 days between intrusion reports; 72 hours to alert. An agreement
without `authorized` authorizes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from lineage.elements import elements
from lineage.register import cells
from lineage.register.problems import choose
from lineage.register.yaml_text import parse_yaml

Written = TypeVar("Written")

Purpose = Literal["educational_service", "internal_use", "service_operation", "research", "audit", "advertising", "profiling", "sale"]
PartyKind = Literal["vendor", "subprocessor", "agency", "researcher"]
Rule = Literal["permanent", "years_after_absence", "years_after_event", "days_after_termination", "with_record"]

PURPOSES: tuple[str, ...] = Purpose.__args__  # type: ignore[attr-defined]
INBOX_KINDS = (
    *("export", "sent", "aggregate", "log", "access-log", "accounts", "intrusion", "encryption", "documents", "tracking"),
    *("return", "destruction"),
)
DEFAULT_INTERVALS = {"accounts": 365, "access_log": 365, "documents": 365, "encryption": 365, "intrusion": 365, "tracking": 365}


def _unfit(found: str, mend: str, key: str = "") -> PydanticCustomError:
    """`key` is the key below the validated value where the mend belongs."""
    return PydanticCustomError("unfit", "{found}", {"found": found, "mend": mend, "key": key})


def _cell(read: Callable[[str], Written]) -> BeforeValidator:
    """A validator from a function of `cells.py`."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return read(value)
        except cells.Unfit as error:
            raise _unfit(error.found, error.mend) from None

    return BeforeValidator(validate)


def slug(text: str) -> str:
    """A data element's slug, which covers only itself."""
    if text not in elements():
        mend = choose(text, elements(), "The slugs are in section 1.3 of the interface; there are no wildcards.")
        raise cells.Unfit(f"`{text}` is no data element", mend)
    return text


def _staff_slug(text: str) -> str:
    if elements()[text].subject_kind != "staff":
        staff = [element.slug for element in elements().values() if element.subject_kind == "staff"]
        raise _unfit(f"`{text}` is no element of staff", f"Write one of: {', '.join(staff)}.")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise cells.Unfit("a blank text", "Write something, or remove the key.")
    return text.strip()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text.strip() not in _zones():
        raise cells.Unfit(f"`{text}` is no time zone", choose(text, sorted(_zones()), "Write a name such as `America/Chicago`."))
    return text.strip()


def _month_day(text: str) -> str:
    if not re.fullmatch(r"\d{2}-\d{2}", text, re.ASCII):
        raise cells.Unfit(f"`{text}` is no day of the year", 'Write it as MM-DD, such as "08-01".')
    cells.day(f"2024-{text}")
    return text


Text = Annotated[str, _cell(_text)]
Day = Annotated[date, _cell(cells.day)]
Host = Annotated[str, _cell(cells.host)]
PartyId = Annotated[str, _cell(cells.party_id)]
Slug = Annotated[str, _cell(slug)]
StaffSlug = Annotated[Slug, AfterValidator(_staff_slug)]
Positive = Annotated[int, Field(ge=1, le=1_000_000)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _a_key_without_value_is_left_out(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: item for key, item in value.items() if item is not None or key not in known}


def _entry(key: str) -> BeforeValidator:
    """A text where a map is expected stands for the map with this one key: `- student_name` for `- {element: student_name}`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


# --- district.yaml ------------------------------------------------------------------------------------------------------------


class ConsentAges(_Model):
    parent_consents_until: Whole = 13
    student_signs_from: Whole = 18


class HostClasses(_Model):
    advertising: tuple[Host, ...] = ()
    profiling: tuple[Host, ...] = ()
    data_broker: tuple[Host, ...] = ()

    def items(self) -> Iterable[tuple[str, str]]:
        """(host, class) pairs."""
        for name in ("advertising", "profiling", "data_broker"):
            for host in getattr(self, name):
                yield host, name


class RetiredAlgorithm(_Model):
    algorithm: Text
    retired_on: Day


def _shipped_verified_on() -> date:
    return _shipped_cryptography().verified_on


def _shipped_retired() -> tuple[RetiredAlgorithm, ...]:
    return _shipped_cryptography().retired


class Cryptography(_Model):
    """What is left out is the shipped `cryptography.yaml`'s; a list of `retired` replaces the shipped one."""

    verified_on: Day = Field(default_factory=_shipped_verified_on)
    notice_days: Whole = 90
    retired: tuple[RetiredAlgorithm, ...] = Field(default_factory=_shipped_retired)


class _ShippedCryptography(_Model):
    verified_on: Day
    notice_days: Whole
    retired: tuple[RetiredAlgorithm, ...]


@cache
def _shipped_cryptography() -> _ShippedCryptography:
    return _shipped("cryptography.yaml", _ShippedCryptography)


class OwnRetentionDays(_Model):
    raw_copies: Whole = 1
    findings: Whole = 400
    run_history: Whole = 30


def _intervals(value: Any) -> Any:
    """The defaults, overlaid. Keys are inbox kinds with `_` for `-`; those whose evidence never grows old are taken and ignored."""
    if not isinstance(value, dict):
        return value
    kinds = [kind.replace("-", "_") for kind in INBOX_KINDS]
    for key in value:
        if key not in kinds:
            raise _unfit(f"unknown key `{key}`", choose(key, kinds), key)
    given = {key: days for key, days in value.items() if days is not None and key not in ("export", "sent", "log")}
    return {**DEFAULT_INTERVALS, **given}


class District(_Model):
    """district.yaml."""

    name: Text
    time_zone: Annotated[str, _cell(_zone)]
    domains: tuple[Host, ...] = ()
    school_year_starts: Annotated[str, _cell(_month_day)] = "08-01"
    student_key: Text = "sourcedId"
    minimum_cell_size: Positive = 10
    minimum_interval_width: Whole = 5
    consent_ages: ConsentAges = ConsentAges()
    verifiable_consent_methods: tuple[Text, ...] = (
        *("signed_form", "electronic_signature", "payment_card", "phone_call", "video_call", "government_id", "in_person"),
    )
    directory_information: tuple[Slug, ...] = ()
    staff_directory: tuple[StaffSlug, ...] = ("staff_name", "staff_contact.work")
    evidence_intervals: Annotated[dict[str, Positive], BeforeValidator(_intervals)] = Field(default_factory=lambda: dict(DEFAULT_INTERVALS))
    orphan_account_days: Whole = 30
    host_classes: HostClasses = HostClasses()
    tracker_retention_days: Whole = 365
    quiet_seconds: Whole = 60
    cryptography: Cryptography = Field(default_factory=Cryptography)
    own_retention_days: OwnRetentionDays = OwnRetentionDays()
    show_witnesses: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


# --- schedule.yaml ------------------------------------------------------------------------------------------------------------


class Category(_Model):
    """A retention category: a rule, what it counts with, and the elements it names."""

    rule: Rule
    years: Whole | None = None
    days: Whole | None = None
    event: Text | None = None
    elements: tuple[Slug, ...] = ()
    source: Text | None = None

    @model_validator(mode="after")
    def _has_what_its_rule_counts_with(self) -> Category:
        needs = {"years_after_absence": ("years",), "years_after_event": ("years", "event"), "days_after_termination": ("days",)}
        for key in needs.get(self.rule, ()):
            if getattr(self, key) is None:
                raise _unfit(f"the rule `{self.rule}` without `{key}`", f"Add `{key}: …`.", "rule")
        return self


class Schedule(_Model):
    """schedule.yaml. Without a `default`, the category `subsidiary` is it, if there is one."""

    verified_on: Day | None = None
    default: Text | None = None
    categories: dict[str, Category] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _default_is_a_category(self) -> Schedule:
        if self.default is not None and self.default not in self.categories:
            raise _unfit(f"the default `{self.default}` is no category of this file", choose(self.default, self.categories), "default")
        return self

    @property
    def default_category(self) -> str | None:
        return self.default or ("subsidiary" if "subsidiary" in self.categories else None)


# --- vendors/<party-id>.yaml ---------------------------------------------------------------------------------------------------


class Subprocessor(_Model):
    """An entry of `subprocessors`. None for elements or purposes: all of the sender's."""

    id: PartyId
    name: Text | None = None
    domains: tuple[Host, ...] = ()
    elements: tuple[Slug, ...] | None = None
    purposes: tuple[Purpose, ...] | None = None


class System(_Model):
    id: Text
    hosts: tuple[Host, ...] = ()


class Authorized(_Model):
    """A line of the schedule of data. None for purposes: the agreement's."""

    element: Slug
    valid_from: Day | None = Field(default=None, alias="from")
    valid_to: Day | None = Field(default=None, alias="to")
    purposes: tuple[Purpose, ...] | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Authorized:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise _unfit(f"`to` {self.valid_to} lies before `from` {self.valid_from}", "Write the later day as `to`.", "to")
        return self


class Agreement(_Model):
    id: Text
    effective_on: Day
    expires_on: Day | None = None
    terminated_on: Day | None = None
    on_termination: Literal["return", "waive"] = "return"
    ferpa_basis: Literal["school_official", "consent", "directory", "study", "audit"] = "school_official"
    consent: Literal["required", "not_required"] = "not_required"
    aggregate_only: bool = False
    purposes: tuple[Purpose, ...] = ("educational_service",)
    authorized: tuple[Annotated[Authorized, _entry("element")], ...] = ()
    return_within_days: Whole = 60
    destroy_within_days: Whole = 60
    intrusion_report_every_days: Positive = 365
    alert_within_hours: Whole = 72

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Agreement:
        for key in ("expires_on", "terminated_on"):
            end = getattr(self, key)
            if end is not None and end < self.effective_on:
                found = f"an agreement that ends ({key} {end}) before it starts ({self.effective_on})"
                raise _unfit(found, f"Mend `{key}` or `effective_on`.", key)
        return self

    @property
    def ends_on(self) -> date | None:
        """The last day in force: the earlier of the two ends; None while it is open."""
        return min((end for end in (self.expires_on, self.terminated_on) if end is not None), default=None)


class Vendor(_Model):
    """A vendor file."""

    id: PartyId
    name: Text
    kind: PartyKind
    domains: tuple[Host, ...] = ()
    hosted: bool = True
    subprocessors: tuple[Annotated[Subprocessor, _entry("id")], ...] = ()
    systems: tuple[Annotated[System, _entry("id")], ...] = ()
    login_cookies: tuple[Text, ...] = ()
    agreements: tuple[Agreement, ...] = ()


# --- what is shipped -----------------------------------------------------------------------------------------------------------


Model = TypeVar("Model", bound=BaseModel)


def _shipped(name: str, model: type[Model], leave_out: tuple[str, ...] = ()) -> Model:
    document, problems = parse_yaml(files("lineage").joinpath(name).read_bytes(), name)
    if document is None:
        raise AssertionError(f"{name} is broken: {problems}")
    return model.model_validate({key: value for key, value in document.value.items() if key not in leave_out})


@cache
def shipped_schedule() -> Schedule:
    return _shipped("schedule.yaml", Schedule)


@cache
def shipped_host_classes() -> HostClasses:
    return _shipped("host_classes.yaml", HostClasses, leave_out=("verified_on",))
