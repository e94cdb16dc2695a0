"""Keys: made once, private or refused, one key a purpose, and no two inputs with one token."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hallpass.errors import Refused
from hallpass.keys import Keys, open_keys

KEYS = Keys(bytes(range(32)))


def test_the_first_run_makes_a_private_key_and_the_next_one_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    first = open_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.stat().st_size == 32
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]
    assert open_keys(path).fingerprint == first.fingerprint


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o600 | 0o020])
def test_a_key_that_others_can_read_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys" / "master.key"
    open_keys(path)
    path.chmod(mode)
    with pytest.raises(Refused) as refusal:
        open_keys(path)
    assert refusal.value.mend == f"chmod 0400 '{path}'"


def test_an_open_key_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    open_keys(path)
    path.parent.chmod(0o755)
    with pytest.raises(Refused, match="chmod 0700"):
        open_keys(path)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_the_wrong_size_is_refused_and_left_alone(tmp_path: Path, size: int) -> None:
    path = tmp_path / "keys" / "master.key"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"x" * size)
    path.chmod(0o400)
    with pytest.raises(Refused, match=f"has {size} bytes"):
        open_keys(path)
    assert path.stat().st_size == size


def test_a_subject_key_is_stable_and_canonical() -> None:
    key = KEYS.subject_key("student", "S-001a")
    assert len(key) == 32
    assert KEYS.subject_key("student", "  s-001A ") == key
    assert KEYS.subject_key("student", "\uff33-001a") == key  # NFKC: the full-width S
    assert KEYS.subject_key("staff", "S-001a") != key
    assert Keys(bytes(32)).subject_key("student", "S-001a") != key


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_no_two_inputs_share_a_token(one: list[str], other: list[str]) -> None:
    assume(one != other)
    assert KEYS.token("purpose", *one) != KEYS.token("purpose", *other)


def test_purposes_never_meet() -> None:
    assert KEYS.token("one", "x") != KEYS.token("two", "x")


def test_keys_are_never_shown_or_stored() -> None:
    assert "00" not in repr(KEYS)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(KEYS)
