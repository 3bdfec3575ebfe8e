"""When a model goes to sleep, and when it does not."""

import pytest

from tenfold_operator import model
from tenfold_operator.errors import ClusterError
from tenfold_operator.model import Key
from tenfold_operator.scaling.loads import Unknown
from tenfold_operator.scaling.sleep import rest

SINCE = "2026-05-01T11:00:00Z"
NOW = "2026-05-01T12:00:00Z"
IDLE = {"minReplicas": 0, "idleAfter": "15m"}


class Cluster:
    """Keeps what was scaled."""

    def __init__(self):
        self.scaled = []

    async def scale(self, key, version, replicas):
        self.scaled.append((key, version, replicas))


class Gateways:
    """Gateways that had their last request so many seconds ago; None when one cannot be asked."""

    def __init__(self, idle):
        self._idle = idle
        self.asked = 0

    async def refresh(self):
        self.asked += 1

    def idle(self, model_id):
        if self._idle is None:
            raise Unknown("no word within 15 s from the gateway at b")
        return self._idle


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def judged(make, cluster):
    """Looks at a model whose last request is `idle` seconds ago, and gives when to look again."""

    async def look(idle=3600.0, now=NOW, available="True", **spec):
        raw = make.raw_model(**{"replicas": 1, "autoscaling": IDLE, **spec})
        raw["metadata"]["resourceVersion"] = "7"
        condition = {"type": "Available", "status": available, "lastTransitionTime": SINCE}
        raw["status"] = {"conditions": [condition]}
        look.gateways = Gateways(idle)
        return await rest(model.parse(raw), raw, now, look.gateways, cluster)

    return look


async def test_a_model_that_nobody_asks_for_goes_to_sleep(judged, cluster):
    assert await judged(idle=900.0) is None
    assert cluster.scaled == [(Key("models", "minilm"), "7", 0)]


async def test_many_replicas_sleep_at_once(judged, cluster):
    await judged(replicas=8)
    assert [replicas for _, _, replicas in cluster.scaled] == [0]


async def test_a_model_that_was_asked_for_is_looked_at_when_its_time_comes(judged, cluster):
    assert await judged(idle=600.0) == 300.0
    assert not cluster.scaled


async def test_a_model_with_a_request_stays_awake(judged, cluster):
    assert await judged(idle=0.0) == 900.0
    assert not cluster.scaled


async def test_while_a_gateway_cannot_be_asked_no_model_goes_to_sleep(judged, cluster):
    assert await judged(idle=None) == 15.0
    assert not cluster.scaled


async def test_a_model_that_woke_a_moment_ago_is_given_its_time_without_asking_anyone(judged, cluster):
    assert await judged(now="2026-05-01T11:05:00Z") == 600.0
    assert (judged.gateways.asked, cluster.scaled) == (0, [])


async def test_the_gateways_are_asked_at_the_last_moment(judged):
    await judged()
    assert judged.gateways.asked == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"autoscaling": {"minReplicas": 1, "idleAfter": "15m"}},
        {"replicas": 0},
        {"available": "False"},
    ],
)
async def test_what_may_not_or_need_not_sleep_is_left_alone(judged, cluster, spec):
    assert await judged(**spec) is None
    assert not cluster.scaled


async def test_a_model_that_changed_meanwhile_is_looked_at_anew(judged, cluster, monkeypatch):
    async def conflict(*_):
        raise ClusterError("the API server answered 409: the object has been modified")

    monkeypatch.setattr(cluster, "scale", conflict)
    with pytest.raises(ClusterError):
        await judged()


async def test_a_clock_that_was_set_back_keeps_a_model_awake_for_no_longer_than_its_time(judged, cluster):
    assert await judged(now="2026-05-01T09:00:00Z") == 900
    assert cluster.scaled == []
