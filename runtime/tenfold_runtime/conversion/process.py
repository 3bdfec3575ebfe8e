"""The build as the loader sees it: a child process that takes a job and reports its steps."""

import signal
import subprocess
import sys
from typing import Protocol

from tenfold_runtime.conversion.job import Built, Job, Report, Say
from tenfold_runtime.errors import CannotLoad


class Builder(Protocol):
    """Builds artifacts."""

    def build(self, job: Job, say: Say) -> Built:
        """Do the job, saying how far it is; raises CannotLoad where it cannot be done."""

    def stop(self) -> None:
        """End the build under way, if there is one."""


class BuildProcess:
    """Builds in a child process, so that what conversion imports and allocates goes away with it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def build(self, job: Job, say: Say) -> Built:
        command = [sys.executable, "-m", "tenfold_runtime.conversion"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            self._process = process
            return self._follow(process, job, say)

    def _follow(self, process: subprocess.Popen[str], job: Job, say: Say) -> Built:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - Popen was given PIPE
        process.stdin.write(job.model_dump_json() + "\n")
        process.stdin.flush()
        for line in process.stdout:
            report = Report.model_validate_json(line)
            if report.failure is not None:
                raise CannotLoad(**report.failure.model_dump())
            if report.built is not None:
                return report.built
            say(report)
        raise _ended(process.wait())

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()


def _ended(status: int) -> CannotLoad:
    """Say why a build process ended without a word."""
    if status == -signal.SIGKILL:
        return CannotLoad(500, "OutOfMemory", "the conversion was killed, most likely for lack of memory")
    return CannotLoad(500, "ConversionFailed", f"the conversion ended with status {status}; its log says why")
