"""The end of a call's time: decoders and networks heed it as they run, for nobody waits any longer."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tenfold_runtime.errors import TooSlow

_END: ContextVar[float] = ContextVar("end", default=float("inf"))
_LEFT: ContextVar[Callable[[], bool]] = ContextVar("left", default=lambda: False)


@contextmanager
def until(end: float) -> Iterator[None]:
    """Let what runs in here raise TooSlow once time.monotonic() has passed `end`, in seconds."""
    token = _END.set(end)
    try:
        yield
    finally:
        _END.reset(token)


@contextmanager
def unless(left: Callable[[], bool]) -> Iterator[None]:
    """Let what runs in here raise TooSlow once `left()`: the caller has gone."""
    token = _LEFT.set(left)
    try:
        yield
    finally:
        _LEFT.reset(token)


def check(*_: object) -> None:
    """Raise TooSlow where the time is over, or nobody waits any more."""
    if time.monotonic() > _END.get() or _LEFT.get()():
        raise TooSlow("Model too busy, unable to get response in time")


def watch(model: Any) -> None:
    """Make a model check the time: between its layers on torch, between its runs on ONNX Runtime."""
    if hasattr(model, "modules"):
        for module in model.modules():
            module.register_forward_pre_hook(check)
    else:
        model.forward = _checked(model.forward)


def _checked(forward: Any) -> Any:
    @functools.wraps(forward)
    def run(*args: Any, **options: Any) -> Any:
        check()
        return forward(*args, **options)

    return run
