"""The less busy of two replicas answers; one that accepts no connections is left alone for a while."""

import pytest

from tenfold_gateway.balance import Balancer
from tenfold_gateway.routes import Replica

A, B, C = (Replica(f"http://{name}") for name in "abc")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def first_two(replicas):
    return replicas[:2]


def test_the_less_busy_of_the_two_drawn_is_picked():
    balancer = Balancer(draw=first_two)
    with balancer.pick([A, B, C]) as first, balancer.pick([A, B, C]) as second:
        assert {first, second} == {A, B}


def test_a_replica_is_free_again_even_after_an_error():
    balancer = Balancer()
    with pytest.raises(ValueError, match="anything"), balancer.pick([A]):
        raise ValueError("anything")
    assert balancer.outstanding(A) == 0


def test_every_replica_gets_its_share():
    balancer = Balancer()
    picked = set()
    for _ in range(200):
        with balancer.pick([A, B, C]) as replica:
            picked.add(replica)
    assert picked == {A, B, C}


def test_a_replica_that_failed_often_is_left_alone():
    balancer = Balancer(eject_after=2, draw=first_two)
    balancer.failed(A)
    balancer.failed(A)
    with balancer.pick([A, B]) as replica:
        assert replica == B


def test_a_success_in_between_starts_the_count_anew():
    balancer = Balancer(eject_after=2)
    balancer.failed(A)
    balancer.succeeded(A)
    balancer.failed(A)
    assert not balancer.is_ejected(A)


def test_an_ejected_replica_is_tried_again_after_a_while():
    clock = Clock()
    balancer = Balancer(eject_after=1, eject_time=5.0, clock=clock)
    balancer.failed(A)
    clock.now = 5.1
    assert not balancer.is_ejected(A)


def test_the_only_replica_is_tried_although_it_is_ejected():
    balancer = Balancer(eject_after=1)
    balancer.failed(A)
    with balancer.pick([A]) as replica:
        assert replica == A
