"""The end of a runtime in words."""

import pytest

from tenfold_cli.local.death import Death


@pytest.mark.parametrize(
    ("death", "words"),
    [
        (Death(3, "no disk"), "the runtime ended with status 3: no disk"),
        (Death(0), "the runtime ended with status 0"),
        (Death(-9), "the runtime was killed, probably out of memory"),
        (Death(-9, ready_seconds=5.0), "the runtime was ended by SIGKILL"),
        (Death(-11, "loading"), "the runtime was ended by SIGSEGV: loading"),
        (Death(-40), "the runtime was ended by signal 40"),
    ],
)
def test_a_death_is_told(death, words):
    assert str(death) == words
