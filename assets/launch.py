"""A night from the command line: the same job as in Dagster's UI, in this process, recorded in the same instance."""

from __future__ import annotations

from dataclasses import dataclass

from assets.automation import night_request
from assets.build import build_definitions
from assets.instance import end_dead_runs, harden, open_instance
from assets.night import Left, Night, Outcome, Progress
from hallpass.home import night_lock
from hallpass.settings import Settings

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The run's log lies in the instance; the terminal is for the progress and the summary."""


@dataclass(frozen=True)
class Finished:
    """How a night went. `in_inbox`: complete deliveries by the as-of day. `left`: what lies there and is no delivery of this
    night, with the reason. `picked_up`: runs of a killed process that were ended first.

    `problem` says why nothing was published; None if it was.
    """

    run_id: str
    outcomes: tuple[Outcome, ...]
    in_inbox: int
    left: tuple[Left, ...]
    picked_up: int
    problem: str | None


def run_night(settings: Settings, progress: Progress) -> Finished:
    harden()
    with night_lock(settings, lambda holder: progress.step(f"waiting for another night ({holder})")), open_instance(settings) as instance:
        picked_up = len(end_dead_runs(instance))
        night = Night.of(settings, "", progress).claimed()
        progress.step("looking for new deliveries")
        job, tags = night_request(instance, night)
        definitions = build_definitions(settings=settings, night=night)
        result = definitions.resolve_job_def(job).execute_in_process(SILENT, instance=instance, tags=tags, raise_on_error=False)
        deliveries, left = night.inbox
        problem = None if result.success else _why(night)
        return Finished(result.run_id, tuple(night.outcomes.values()), len(deliveries), tuple(map(Left.of, left)), picked_up, problem)


def _why(night: Night) -> str:
    if night.defects:
        return f"The mart to be breaks its contract ({night.defects:,} defects) and was not published; the last one is still served."
    if night.published:
        return f"The mart was published, but then {night.problem or 'the night was stopped'}."
    return f"{night.problem or 'The night was stopped.'} The last mart, if there is one, is still served."
