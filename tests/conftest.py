"""What every room's tests may use: a home of its own, an environment that names no district of the developer's, and Elm Creek,
a district small enough to write by hand: three students, a teacher, one vendor.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hallpass.settings import Settings


@pytest.fixture(autouse=True)
def no_district_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing a test starts may find a real district, a real home or a real key."""
    for name in ("HALLPASS_DISTRICT", "HALLPASS_AS_OF", "HALLPASS_KEY", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HALLPASS_HOME", str(tmp_path / "home"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def settings() -> Settings:
    """Settings as the environment gives them: the example district, in this test's own home, for today."""
    return Settings.read()


AS_OF = date(2026, 3, 31)
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC).timestamp()

FILES = {
    "district.yaml": "name: Elm Creek Schools\ntime_zone: America/Denver\ndomains: [elmcreek.example]\n",
    "vendors/quietquill.yaml": """\
id: quietquill
name: Quiet Quill
kind: vendor
domains: [quietquill.example]
agreements:
  - id: QQ-1
    effective_on: 2025-08-01
    expires_on: 2027-07-31
    consent: not_required
    authorized: [{element: student_name}, {element: student_id.local}, {element: enrollment.grade_level}]
""",
    "roster/users.csv": """\
sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier,email,agentSourcedIds,grades
st-4471,active,true,school-1,student,tokafor,Tobenna,Okafor,804471,tokafor@elmcreek.example,,05
st-4472,active,true,school-1,student,ilindqvist,Ingrid,Lindqvist,804472,ilindqvist@elmcreek.example,,06
st-4473,active,true,school-1,student,mquispe,Mayta,Quispe,804473,mquispe@elmcreek.example,,05
te-0901,active,true,school-1,teacher,rharlow,Rosalind,Harlow,900901,rharlow@elmcreek.example,,
""",
    "roster/orgs.csv": "sourcedId,status,name,type,identifier\nschool-1,active,Elm Creek Elementary,school,1\n",
    "roster/enrollments.csv": """\
sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e-1,active,c-1,school-1,st-4471,student,,2025-08-20,
e-2,active,c-1,school-1,st-4472,student,,2025-08-20,
e-3,active,c-1,school-1,st-4473,student,,2025-08-20,
""",
    "inbox/quietquill/2026-03-02/export/learners.csv": """\
student_id,first_name,last_name,grade
804471,Tobenna,Okafor,5
804472,Ingrid,Lindqvist,6
""",
    "inbox/quietquill/2026-03-09/export/learners.csv": """\
student_id,first_name,last_name,grade
804471,Tobenna,Okafor,5
804472,Ingrid,Lindqvist,6
804473,Mayta,Quispe,5
""",
}


def write(district: Path, files: dict[str, str]) -> None:
    """Write files of a district; all look as if they were written long ago."""
    for name, text in files.items():
        path = district / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def elm_creek(tmp_path: Path) -> Path:
    write(tmp_path / "elm-creek", FILES)
    return tmp_path / "elm-creek"


@pytest.fixture
def elm(elm_creek: Path, home: Path) -> Settings:
    return Settings.read(home=str(home), district=str(elm_creek), as_of=AS_OF.isoformat())


@pytest.fixture
def deliver(elm_creek: Path) -> Callable[..., None]:
    """`deliver("party/2026-03-10", {"export/x.csv": "…"})`"""

    def put(delivery_id: str, files: dict[str, str]) -> None:
        write(elm_creek / "inbox" / delivery_id, files)

    return put
