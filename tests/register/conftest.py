"""A small district folder that is right, for tests to break one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

DISTRICT = "name: Willow Bend Schools\ntime_zone: America/Chicago\ndomains: [willowbend.example]\n"
VENDOR = """\
id: inkwell
name: Inkwell Ltd
kind: vendor
domains: [inkwell.example]
subprocessors:
  - {id: stashbox, name: Stashbox, domains: [stashbox.example], elements: [student_name]}
agreements:
  - id: A-1
    effective_on: 2025-08-01
    authorized:
      - {element: student_name}
      - student_id.local
"""
USERS = """\
sourcedId,status,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,identifier,email,phone,agentSourcedIds
s-1,,true,o-1,student,ada.q,{SSID:990001},Ada,Quill,1001,ada@willowbend.example,,g-1
s-2,,true,o-1,student,ben.q,,Ben,Quill,1002,,,g-1
g-1,,true,o-1,parent,,,Cleo,Quill,,cleo@mail.example,402-555-0101,
t-1,,true,o-1,teacher,d.marsh,,Dora,Marsh,9001,dora@willowbend.example,,
"""
FILES = {
    "district.yaml": DISTRICT,
    "vendors/inkwell.yaml": VENDOR,
    "roster/users.csv": USERS,
    "roster/orgs.csv": "sourcedId,name,type\no-1,Willow Elementary,school\n",
    "roster/demographics.csv": "sourcedId,birthDate,sex\ns-1,2012-03-04,female\ns-2,2014-05-06,male\n",
    "roster/enrollments.csv": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n"
    "e-1,c-1,o-1,s-1,student,2024-08-15,\ne-2,c-1,o-1,s-2,student,2021-08-15,2022-05-20\ne-3,c-1,o-1,t-1,teacher,,\n",
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write({path: content})`: the district folder with these files changed, added, or (None) left out."""

    def _write(changes: dict[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / "district"
        for path, content in {**FILES, **(changes or {})}.items():
            if content is None:
                continue
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return _write
