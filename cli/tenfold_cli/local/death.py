"""How a runtime ended, in words."""

import signal
from dataclasses import dataclass

_SIGNALS = {number.value: number.name for number in signal.Signals}


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a runtime that nobody asked for."""

    status: int
    """Exit status, or a signal's number with a minus."""
    last_line: str = ""
    ready_seconds: float | None = None
    """How long it had been ready; None if it never was."""

    def __str__(self) -> str:
        return f"the runtime {self._manner()}" + (f": {self.last_line}" if self.last_line else "")

    def _manner(self) -> str:
        if self.status == -signal.SIGKILL and self.ready_seconds is None:
            return "was killed, probably out of memory"
        if self.status < 0:
            return f"was ended by {_SIGNALS.get(-self.status, f'signal {-self.status}')}"
        return f"ended with status {self.status}"
