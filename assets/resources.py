"""The one resource: the night, opened under the lock of this home. In one process, so that models and roster are read once."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.instance import PROCESS_TAG, end_dead_runs, this_process
from assets.night import Night
from hallpass.errors import Refused
from hallpass.home import night_lock, prepare
from hallpass.settings import Settings


def night_resource(settings: Settings, night: Night | None = None) -> dg.ResourceDefinition:
    """Opens the night within a run. A `night` that is handed in was opened by a caller who holds the lock; else wait for it here."""

    @dg.resource(description="This run's settings, keys, register and roster; held under the lock of HALLPASS_HOME.")
    def opened(context: dg.InitResourceContext) -> Iterator[Night]:
        run, instance = context.run, context.instance
        if run is None or instance is None:
            raise dg.DagsterInvariantViolationError("a night is opened within a run")
        instance.add_run_tags(run.run_id, {PROCESS_TAG: this_process()})
        if night:
            night.run_id = run.run_id
            yield night
            return
        prepare(settings)
        with night_lock(settings):
            end_dead_runs(instance, but=run.run_id)
            yield Night.of(settings, run.run_id).claimed()

    return opened


class NothingStored(dg.IOManager):
    """Assets hand nothing to each other: what they make lies in the lake, the stage and the mart. So nothing is pickled."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        if obj is not None:
            raise Refused("An asset returned a value.", "write it where its room keeps it, and return None or counts")

    def load_input(self, context: dg.InputContext) -> None:
        return None
