"""How many seconds until a model answers: the rest of the present step, and the steps to come."""

from pathlib import Path

from tenfold_api.progress import LoadPhase, RuntimeStatus, State
from tenfold_gateway import history
from tenfold_gateway.history import Load, LoadHistory

PHASES = tuple(LoadPhase)

# Steps that a ready artifact spares.
SPARED = frozenset({LoadPhase.DOWNLOAD, LoadPhase.CONVERT, LoadPhase.OPTIMIZE})

# Where no load was ever measured: all-MiniLM-L6-v2 (91 MB) on two cores. The download, which was a copy
# there, is reckoned at 10 MB/s.
PRIORS = {
    LoadPhase.START: 1.5,
    LoadPhase.DOWNLOAD: 9.0,
    LoadPhase.CONVERT: 6.9,
    LoadPhase.OPTIMIZE: 5.3,
    LoadPhase.LOAD: 0.2,
    LoadPhase.WARM_UP: 0.02,
}
PRIOR_BYTES = 91_000_000

# A step's time goes with the bytes of weights up to so many times as many; the time of a smaller model is
# mostly that of starting, and would be multiplied.
_MUCH_LARGER = 10

_UNKNOWN = RuntimeStatus(state=State.LOADING)


class LoadBook:
    """The load history in use, kept in a file where the owner names one."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.history = history.read(path) if path else LoadHistory()

    def record(self, model_id: str, status: RuntimeStatus) -> None:
        """Note what a load took, from the account of a runtime that has just become ready."""
        self.history = self.history.with_load(model_id, history.load_of(status))
        if self._path:
            history.write(self._path, self.history)

    def seconds_left(self, model_id: str, status: RuntimeStatus | None, age: float) -> float:
        return seconds_left(self.history, model_id, status, age)


def seconds_left(known: LoadHistory, model_id: str, status: RuntimeStatus | None, age: float) -> float:
    """Estimate the time until the model answers; `age` is the time since `status` was told."""
    now = status or _UNKNOWN
    earlier = known.of(model_id)
    cached = _is_cached(now, earlier)
    to_come = [phase for phase in _after(now.phase) if not (cached and phase in SPARED)]
    later = sum(
        _expected(known, earlier, cached, phase, now) for phase in to_come if phase not in now.finished
    )
    return later + _rest(_expected(known, earlier, cached, now.phase, now), now.phase_seconds + age)


def _rest(expected: float, elapsed: float) -> float:
    """Give what is left of a step. One that takes longer than expected is believed to be nearly done."""
    return max(expected - elapsed, elapsed / 10)


def _after(phase: LoadPhase) -> tuple[LoadPhase, ...]:
    return PHASES[PHASES.index(phase) + 1 :]


def _is_cached(status: RuntimeStatus, earlier: tuple[Load, ...]) -> bool:
    """Tell whether this load has an artifact; as long as it is not known, as the model's last load had."""
    if status.cached is not None:
        return status.cached
    return earlier[-1].cached if earlier else False


def _expected(
    known: LoadHistory, earlier: tuple[Load, ...], cached: bool, phase: LoadPhase, status: RuntimeStatus
) -> float:
    """Give a step's duration in this model's loads of the same kind, else of any kind, else elsewhere."""
    alike = next((load for load in earlier if load.cached == cached), None)
    if alike:
        return alike.seconds.get(phase, 0.0)
    own = [load.seconds[phase] for load in earlier if phase in load.seconds]
    return own[-1] if own else _elsewhere(known, phase, status.weight_bytes)


def _elsewhere(known: LoadHistory, phase: LoadPhase, weight_bytes: int | None) -> float:
    """Give a step's duration from other models: per byte of weights, except that a process starts alike."""
    loads = [load for load in known if phase in load.seconds]
    if weight_bytes and phase is not LoadPhase.START:
        return _by_size(loads, phase, weight_bytes)
    return _total(loads, phase) / len(loads) if loads else PRIORS[phase]


def _by_size(loads: list[Load], phase: LoadPhase, weight_bytes: int) -> float:
    alike = [load for load in loads if weight_bytes <= _MUCH_LARGER * (load.weight_bytes or 0)]
    if not alike:
        return PRIORS[phase] * max(1.0, weight_bytes / PRIOR_BYTES)
    return weight_bytes * _total(alike, phase) / sum(load.weight_bytes or 0 for load in alike)


def _total(loads: list[Load], phase: LoadPhase) -> float:
    return sum(load.seconds[phase] for load in loads)
