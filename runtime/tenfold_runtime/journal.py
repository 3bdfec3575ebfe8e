"""The account of a load: which step is under way, how long each took. What GET /status tells."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tenfold_api.optimizing import Candidate
from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus, State
from tenfold_runtime.conversion.job import Report

log = logging.getLogger(__name__)


class Journal:
    """Written by the loading thread, read by the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, age: float = 0.0) -> None:
        """Begin. `age`: seconds for which the process has run already."""
        self._clock = clock
        self._began = self._phase_began = clock() - age
        self._status = RuntimeStatus(state=State.LOADING)

    @contextmanager
    def phase(self, phase: LoadPhase) -> Iterator[None]:
        """Note that a step began, and how long it took once it is over without an error."""
        self.begin(phase)
        yield
        self._finish()

    def begin(self, phase: LoadPhase) -> None:
        """Note that a step began; the one before it, if still open, is over."""
        self._finish()
        self._phase_began = self._clock()
        self._update(phase=phase)

    def heard(self, report: Report) -> None:
        """Note what a build says."""
        if report.phase is not None:
            self.begin(report.phase)
        if report.tried is not None:
            log.info("Tried %s: %.2f times as fast, drift %g", *_told(report.tried))

    def _finish(self) -> None:
        if self._status.phase not in self._status.finished:
            seconds = round(self._clock() - self._phase_began, 3)
            self._update(finished={**self._status.finished, self._status.phase: seconds})

    def learn(self, **facts: Any) -> None:
        """Note what became known of the model: task, revision, weight_bytes, cached, compute_type."""
        self._update(**facts)

    def ready(self) -> None:
        self._update(state=State.READY, load_seconds=round(self._clock() - self._began, 3))

    def failed(self, failure: Failure) -> None:
        self._update(state=State.FAILED, failure=failure)

    def _update(self, **changes: Any) -> None:
        self._status = self._status.model_copy(update=changes)

    def status(self) -> RuntimeStatus:
        """Tell where the load stands now."""
        if self._status.state is not State.LOADING:
            return self._status
        age = self._clock() - self._phase_began
        return self._status.model_copy(update={"phase_seconds": round(age, 3)})


def _told(tried: Candidate) -> tuple[str, float, float]:
    return tried.name, tried.speedup, tried.drift
