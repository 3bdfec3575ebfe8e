"""A runtime that dies is started again later and later; one that never gets ready is given up."""

from tenfold_cli.local.restarts import RestartPolicy, Streak

POLICY = RestartPolicy()


def after(*ready_seconds: float | None) -> Streak:
    streak = Streak()
    for seconds in ready_seconds:
        streak = streak.with_death(seconds, POLICY)
    return streak


def test_the_pause_doubles_up_to_its_limit():
    delays = [after(*[1.0] * deaths).delay(POLICY) for deaths in range(1, 9)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_thousand_deaths_are_counted():
    assert after(*[1.0] * 2000).delay(POLICY) == 30.0


def test_a_steady_runtime_starts_with_a_clean_slate():
    assert after(1.0, 1.0, 60.0).delay(POLICY) == 0.5


def test_five_deaths_without_having_been_ready_are_hopeless():
    assert not after(*[None] * 4).is_hopeless(POLICY)
    assert after(*[None] * 5).is_hopeless(POLICY)


def test_having_been_ready_once_gives_hope():
    assert not after(None, None, None, None, 0.1, None).is_hopeless(POLICY)
