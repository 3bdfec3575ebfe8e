"""A process that ends with the one that started it: its standard input ends then, however the other ended."""

import os
import threading


def leave_with_parent(status: int) -> None:
    """Watch standard input, and end this process with `status` when it ends.

    The descriptor is read, not `sys.stdin`, whose lock would be held when the interpreter wants to close it.
    """
    threading.Thread(target=_watch, args=(status,), daemon=True).start()


def _watch(status: int) -> None:
    while os.read(0, 4096):
        pass
    os._exit(status)
