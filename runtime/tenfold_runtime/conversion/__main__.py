"""The build process: a job comes in on standard input, reports go out on standard output, a line each."""

import os
import sys
import threading
from contextlib import AbstractContextManager, nullcontext

from tenfold_runtime.conversion import turns
from tenfold_runtime.conversion.job import Job, Report
from tenfold_runtime.conversion.pipeline import build
from tenfold_runtime.errors import CannotLoad


def main() -> None:
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not mix with the reports

    def say(report: Report) -> None:
        reports.write(report.model_dump_json(exclude_none=True) + "\n")

    job = Job.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        with _turn(job):
            say(Report(built=build(job, say)))
    except CannotLoad as error:
        say(Report(failure=error.failure))


def _turn(job: Job) -> AbstractContextManager[None]:
    return nullcontext() if job.turns is None else turns.turn(job.turns, job.threads)


def _leave_with_parent() -> None:
    """Standard input ends when the runtime does."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
