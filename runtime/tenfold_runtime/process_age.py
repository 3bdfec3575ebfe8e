"""How long this process has run: its start and its imports are part of a load too."""

import os
import time
from pathlib import Path

_START_TICKS = 22  # the field of /proc/[pid]/stat, counted from one: proc_pid_stat(5)


def process_age() -> float:
    """Give the seconds since this process was started; 0 where there is no /proc to tell."""
    try:
        text = Path("/proc/self/stat").read_text()
    except OSError:
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - _started(text) / os.sysconf("SC_CLK_TCK"))


def _started(stat: str) -> int:
    """Give the ticks from boot to the start. The second field, the program's name, may have spaces in it."""
    after_name = stat.rpartition(")")[2].split()
    return int(after_name[_START_TICKS - 3])
