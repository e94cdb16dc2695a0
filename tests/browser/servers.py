"""`hallpass ui` and `hallpass dashboard` as processes of their own, on free ports, ended with whatever they started."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PATIENCE = 150
"""Seconds for a server to start, on two busy cores."""


@contextmanager
def dashboard(home: Path) -> Iterator[str]:
    """Its address, once it answers."""
    with _serving("dashboard", home, lambda url: _get(f"{url}/_stcore/health") == "ok") as url:
        yield url


@contextmanager
def dagster_ui(home: Path, *arguments: str) -> Iterator[str]:
    """Its address, once its code is loaded."""
    with _serving("ui", home, _code_is_loaded, *arguments) as url:
        yield url


def _code_is_loaded(url: str) -> bool:
    query = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
    answer = json.loads(_get(f"{url}/graphql", json.dumps({"query": query}).encode()))
    entries = answer["data"]["workspaceOrError"]["locationEntries"]
    return bool(entries) and all((it["locationOrLoadError"] or {}).get("__typename") == "RepositoryLocation" for it in entries)


def _get(url: str, body: bytes | None = None) -> str:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


@contextmanager
def _serving(command: str, home: Path, is_up: Callable[[str], bool], *arguments: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = home / f"{command}.log"
    line = [sys.executable, "-m", "hallpass.cli", command, "--port", str(port), "--home", str(home), *arguments]
    with log.open("wb") as target:
        process = subprocess.Popen(line, stdout=target, stderr=target, start_new_session=True, env=dict(os.environ))
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(lambda: is_up(url), process, log)
        yield url
    finally:
        stop(process)


def _wait(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if is_up():
                return
        except OSError:  # not listening yet
            pass
        time.sleep(0.3)
    raise TimeoutError(f"The server did not start; its log ends with: {log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, and whatever it started, by their ids."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []
    if family:
        process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(family, timeout=15)
    for left in alive:
        left.kill()
    psutil.wait_procs(alive, timeout=5)
    process.wait(5)
