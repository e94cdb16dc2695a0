"""The catalogue names every control of the policy, once, with its clause and severity; nothing malformed is accepted."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml
from pydantic import ValidationError

from expectations.catalogue import controls, parse

POLICY = """
I.A.active-agreement high
I.A.staff-records high
I.A.steps-taken medium
I.B.unique-accounts high
I.B.password-confidentiality critical
I.B.no-orphan-accounts high
I.C.intrusion-analysis high
I.C.intrusion-reconciled high
I.C.alert-mechanism medium
I.D.access-log-complete high
I.D.known-requesters high
I.E.consent-before-collection critical
I.E.consent-verifiable high
I.E.district-authorization critical
I.F.encryption-256 critical
I.F.certificate-valid high
I.F.coverage medium
I.G.crypto-current medium
I.G.upgrade-required high
I.H.document-inventory medium
I.H.document-changed medium
I.H.request-answered high
II.A.no-third-party-disclosure critical
II.A.subprocessor-necessity high
II.B.aggregate-only critical
II.B.authorized-elements critical
II.B.purpose-limited critical
II.C.retained-too-long high
II.C.destroyed-too-early high
II.C.category-mapped medium
III.A.data-returned high
III.B.ownership medium
III.C.destruction-certificate high
III.C.silence-after-destruction critical
IV.A.no-pii-in-trackers critical
IV.A.single-site critical
IV.A.removed-on-termination high
IV.B.no-persistent-identifiers high
IV.C.tracker-retention medium
IV.D.directory-opt-out high
IV.D.ferpa-coppa-rollup high
"""

EVALUATED = {
    "I.A.active-agreement",
    "I.A.staff-records",
    "I.E.consent-before-collection",
    "I.E.district-authorization",
    "II.A.no-third-party-disclosure",
    "II.B.aggregate-only",
    "II.B.authorized-elements",
    "II.C.retained-too-long",
    "III.A.data-returned",
    "III.C.destruction-certificate",
    "III.C.silence-after-destruction",
    "IV.A.no-pii-in-trackers",
    "IV.A.single-site",
    "IV.B.no-persistent-identifiers",
    "IV.D.ferpa-coppa-rollup",
}


def test_the_controls_are_the_policys() -> None:
    wanted = [tuple(line.split()) for line in POLICY.strip().splitlines()]
    assert len(wanted) == 41
    assert [(control.control_id, control.severity) for control in controls()] == wanted


def test_these_are_evaluated() -> None:
    assert {control.control_id for control in controls() if control.evaluated} == EVALUATED


def test_only_the_steps_taken_are_the_districts_duty() -> None:
    assert [control.control_id for control in controls() if control.on == "district"] == ["I.A.steps-taken"]


def test_every_law_begins_with_the_districts_own_clause() -> None:
    for control in controls():
        assert control.law.startswith(f"Millard 7400.1 {control.clause}"), control.control_id


CHANGES = [
    ({"control_id": "I.B.active-agreement"}, "not a control of clause"),
    ({"control_id": "I.A.Active Agreement"}, "control_id"),
    ({"control_id": "I.A.x'; DROP"}, "control_id"),
    ({"severity": "grave"}, "severity"),
    ({"on": "somebody"}, "on"),
    ({"evaluated": "perhaps"}, "evaluated"),
    ({"evidence": ["receipts"]}, "evidence"),
    ({"title": "No full stop at the end"}, "title"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_a_malformed_control_is_refused(change: dict[str, object], named: str) -> None:
    shipped = yaml.safe_load(files("expectations").joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    shipped["controls"][0].update(change)
    with pytest.raises(ValidationError, match=named):
        parse(yaml.safe_dump({**shipped, "verified_on": str(shipped["verified_on"])}))


def test_a_control_listed_twice_is_refused() -> None:
    shipped = yaml.safe_load(files("expectations").joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    shipped["controls"].append(shipped["controls"][0])
    with pytest.raises(ValidationError, match=r"listed twice: I\.A\.active-agreement"):
        parse(yaml.safe_dump({**shipped, "verified_on": str(shipped["verified_on"])}))
