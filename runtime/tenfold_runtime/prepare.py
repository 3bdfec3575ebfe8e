"""Makes the artifact of a model without serving it: `python -m tenfold_runtime.prepare`.

The model and the cache come from the environment, as for a runtime. How far it is goes to standard output, a
line of JSON each; what libraries say goes to standard error.
"""

import logging
import os
import sys
from typing import TextIO

from tenfold_api.optimizing import Outcome, Progress
from tenfold_api.progress import LoadPhase
from tenfold_runtime.artifact import Artifact
from tenfold_runtime.conversion.job import Report
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader
from tenfold_runtime.parent import leave_with_parent
from tenfold_runtime.settings import Settings


class Diary(Journal):
    """A journal that is read aloud."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out

    def say(self, progress: Progress) -> None:
        self._out.write(progress.model_dump_json(exclude_none=True) + "\n")

    def begin(self, phase: LoadPhase) -> None:
        super().begin(phase)
        self.say(Progress(phase=phase))

    def heard(self, report: Report) -> None:
        super().heard(report)
        if report.planned or report.tried:
            self.say(Progress(planned=report.planned, tried=report.tried))


def main() -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not mix with the progress
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    leave_with_parent(status=1)
    diary = Diary(out)
    try:
        found = Loader(Settings.from_environment(os.environ), diary).prepare()
    except CannotLoad as error:
        diary.say(Progress(failure=error.failure))
    else:
        diary.say(Progress(outcome=_outcome(found)))


def _outcome(found: Artifact) -> Outcome:
    manifest = found.manifest
    return Outcome(
        folder=str(found.path),
        engine=manifest.engine,
        fallback=manifest.fallback,
        form=manifest.form,
        candidates=manifest.candidates,
    )


if __name__ == "__main__":
    main()
