"""The build process: a job comes in on standard input, reports go out on standard output, a line each."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from tenfold_runtime.conversion import imports, turns
from tenfold_runtime.conversion.job import Job, Report
from tenfold_runtime.conversion.pipeline import build
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.parent import leave_with_parent


def main() -> None:
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not mix with the reports

    def say(report: Report) -> None:
        reports.write(report.model_dump_json(exclude_none=True) + "\n")

    job = Job.model_validate_json(sys.stdin.readline())
    leave_with_parent(status=1)
    try:
        imports.leave_out(job)
        with _turn(job):
            say(Report(built=build(job, say)))
    except CannotLoad as error:
        say(Report(failure=error.failure))


def _turn(job: Job) -> AbstractContextManager[None]:
    return nullcontext() if job.turns is None else turns.turn(job.turns)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # to take down all that was imported takes the interpreter two seconds
