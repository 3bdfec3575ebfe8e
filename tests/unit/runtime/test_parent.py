"""A process ends with the one that started it, and else as it likes."""

import subprocess
import sys

WATCHES = "from tenfold_runtime.parent import leave_with_parent; leave_with_parent(status=3); "


def started(code):
    return subprocess.Popen([sys.executable, "-c", WATCHES + code], stdin=subprocess.PIPE)


def test_it_ends_when_its_standard_input_does():
    with started("import time; time.sleep(60)") as process:
        process.stdin.close()
        assert process.wait(30) == 3


def test_it_ends_by_itself_while_its_standard_input_is_open():
    with started("import time; time.sleep(0.2)") as process:
        assert process.wait(30) == 0
