"""A load begins when its process does."""

import subprocess
import sys

from tenfold_api.progress import LoadPhase
from tenfold_runtime.journal import Journal

SLEEPER = """
import time
time.sleep(0.5)
from tenfold_runtime.process_age import process_age
print(process_age())
"""


def test_a_process_knows_how_long_it_has_run():
    told = subprocess.run([sys.executable, "-c", SLEEPER], capture_output=True, text=True, check=True)
    assert 0.5 <= float(told.stdout) < 60


def test_the_time_before_the_journal_belongs_to_the_start():
    journal = Journal(clock=lambda: 100.0, age=1.5)
    assert journal.status().phase_seconds == 1.5

    journal.begin(LoadPhase.DOWNLOAD)
    journal.ready()
    assert journal.status().finished == {LoadPhase.START: 1.5}
    assert journal.status().load_seconds == 1.5
