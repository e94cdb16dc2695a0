"""The same night through Dagster's own web server and daemon: `hallpass ui` as a process, runs launched over GraphQL."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG, PARTITION_NAME_TAG

from assets.scan import DELIVERIES, NIGHT_TAG
from hallpass.home import prepare
from hallpass.settings import Settings
from hallpass.summary import read_summary
from tests.browser.servers import stop

pytestmark = pytest.mark.server

FIRST, SECOND = "quietquill/2026-03-02", "quietquill/2026-03-09"
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "hallpass"}
PATIENCE = 180
"""Seconds for a server to start or a run to end, on two busy cores."""


@dataclass
class Server:
    url: str

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        assert "errors" not in found, found["errors"]
        return dict(found["data"])

    def add_partition(self, key: str) -> None:
        query = """mutation ($repo: RepositorySelector!, $name: String!, $key: String!) {
            addDynamicPartition(repositorySelector: $repo, partitionsDefName: $name, partitionKey: $key) { __typename } }"""
        answer = self.ask(query, {"repo": REPOSITORY, "name": DELIVERIES.name, "key": key})
        assert answer["addDynamicPartition"]["__typename"] == "AddDynamicPartitionSuccess"

    def launch(self, job: str, tags: Mapping[str, str], assets: list[str] | None = None) -> str:
        """Launch a run and return its id; `assets` are keys within the implicit job of all assets."""
        query = """mutation ($params: ExecutionParams!) {
            launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } } }"""
        selector = {**REPOSITORY, "jobName": job, **({"assetSelection": [{"path": [key]} for key in assets]} if assets else {})}
        params = {
            "selector": selector,
            "mode": "default",
            "runConfigData": "{}",
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = self.ask(query, {"params": params})["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def ended(self, run_id: str) -> str:
        """The status that a run ends with."""
        return wait_for(lambda: self._ended(run_id), f"run {run_id}")

    def _ended(self, run_id: str) -> str | None:
        status = str(
            self.ask("query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", {"id": run_id})["runOrError"]["status"]
        )
        return status if status in ("SUCCESS", "FAILURE", "CANCELED") else None


def wait_for(attempt: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := attempt():
            return found
        time.sleep(0.5)
    pytest.fail(f"waited {PATIENCE} s for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(elm: Settings, tmp_path: Path) -> Iterator[Server]:
    prepare(elm)
    port = free_port()
    environ = {**os.environ, "HALLPASS_AS_OF": str(elm.as_of)}
    command = [sys.executable, "-m", "hallpass.cli", "ui", "--port", str(port), "--home", str(elm.home), "--district", str(elm.district)]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        running = Server(f"http://127.0.0.1:{port}")
        wait_for(lambda: is_up(running, process), f"the server; its log says: {(tmp_path / 'server.log').read_text()[-2000:]}")
        yield running
    finally:
        stop(process)


def is_up(server: Server, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server ended by itself"
    try:
        answer = server.ask(
            "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename } } } } }"
        )
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    entries = answer["workspaceOrError"]["locationEntries"]
    return bool(entries) and all(
        it["locationOrLoadError"] and it["locationOrLoadError"]["__typename"] == "RepositoryLocation" for it in entries
    )


def test_a_night_and_the_rerun_of_one_delivery_through_the_web_server(server: Server, elm: Settings) -> None:
    for key in (FIRST, SECOND):
        server.add_partition(key)
    tags = {ASSET_PARTITION_RANGE_START_TAG: FIRST, ASSET_PARTITION_RANGE_END_TAG: SECOND, NIGHT_TAG: "true"}
    assert server.ended(server.launch("nightly", tags)) == "SUCCESS"
    summary = read_summary(elm.mart)
    assert (summary.deliveries, summary.scanned_tonight) == (2, 2)

    rerun = server.launch("__ASSET_JOB", {PARTITION_NAME_TAG: SECOND}, assets=["delivery_scan"])
    assert server.ended(rerun) == "SUCCESS"
    assert happened(server, rerun) == {SECOND: "scanned"}


def happened(server: Server, run_id: str) -> dict[str, str]:
    query = """query ($id: ID!) { runOrError(runId: $id) { ... on Run { assetMaterializations {
        partition metadataEntries { label ... on TextMetadataEntry { text } } } } } }"""
    made = server.ask(query, {"id": run_id})["runOrError"]["assetMaterializations"]
    return {it["partition"]: entry["text"] for it in made for entry in it["metadataEntries"] if entry["label"] == "happened"}
