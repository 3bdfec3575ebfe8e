"""How many requests there are, and for how long there were none."""

import pytest

from tenfold_api.load import ModelLoad
from tenfold_operator.scaling.loads import Unknown


async def test_requests_are_summed_over_gateways(fleet):
    await fleet.tell(a=3, b=4)
    assert fleet.loads.concurrency("minilm") == 7


async def test_requests_are_averaged_over_the_window(fleet):
    for requests in (0, 6, 0, 6):
        await fleet.tell(a=requests)
    assert fleet.loads.concurrency("minilm") == 3


async def test_what_is_older_than_the_window_counts_no_more(fleet):
    await fleet.tell(a=100)
    await fleet.tell(after=16, a=2)
    assert fleet.loads.concurrency("minilm") == 2


async def test_a_model_that_no_gateway_knows_has_no_requests(fleet):
    await fleet.tell(a=3)
    assert fleet.loads.concurrency("another") == 0


async def test_a_gateway_that_misses_one_question_is_counted_by_what_it_told_before(fleet):
    await fleet.tell(a=4, b=2)
    await fleet.tell(b=None)
    assert fleet.loads.concurrency("minilm") == 6


async def test_a_gateway_that_stays_silent_makes_the_number_unknown(fleet):
    await fleet.tell(a=4, b=2)
    for _ in range(6):
        await fleet.tell(b=None)
    with pytest.raises(Unknown, match="no word within 15 s from the gateway at b"):
        fleet.loads.concurrency("minilm")


async def test_a_gateway_that_serves_no_one_may_be_silent(fleet):
    fleet.serves["b"] = False
    await fleet.tell(a=4, b=None)
    assert fleet.loads.concurrency("minilm") == 4


async def test_a_gateway_that_drains_is_counted_while_it_answers(fleet):
    fleet.serves["b"] = False
    await fleet.tell(a=4, b=1)
    assert fleet.loads.concurrency("minilm") == 5


async def test_a_gateway_that_is_gone_is_forgotten(fleet):
    await fleet.tell(a=4, b=2)
    del fleet.told["b"]
    await fleet.tell()
    assert fleet.loads.concurrency("minilm") == 4


async def test_without_gateways_the_number_is_unknown(fleet):
    await fleet.tell()
    with pytest.raises(Unknown, match="no gateway was found"):
        fleet.loads.concurrency("minilm")


async def test_before_the_first_question_the_number_is_unknown(fleet):
    with pytest.raises(Unknown):
        fleet.loads.concurrency("minilm")


async def test_numbers_that_nobody_renews_become_unknown(fleet):
    await fleet.tell(a=4)
    fleet.now += 16
    with pytest.raises(Unknown):
        fleet.loads.concurrency("minilm")


async def test_known_gateways_are_asked_on_while_the_api_server_is_away(fleet):
    await fleet.tell(a=4)
    fleet.lost = True
    await fleet.tell(after=16, a=8)
    assert fleet.loads.concurrency("minilm") == 8


async def test_a_model_is_idle_for_as_long_as_no_gateway_had_a_request(fleet):
    await fleet.tell(a=ModelLoad(requests=0, idle=600.0), b=ModelLoad(requests=0, idle=30.0))
    assert fleet.loads.idle("minilm") == 30


async def test_one_request_anywhere_ends_idleness(fleet):
    await fleet.tell(a=ModelLoad(requests=0, idle=600.0), b=ModelLoad(requests=1, idle=600.0))
    assert fleet.loads.idle("minilm") == 0


async def test_a_gateway_that_does_not_know_the_model_cannot_call_it_idle(fleet):
    await fleet.tell(a=ModelLoad(requests=0, idle=600.0))
    assert fleet.loads.idle("another") == 0


async def test_no_model_is_idle_while_a_gateway_is_silent(fleet):
    await fleet.tell(a=ModelLoad(requests=0, idle=600.0), b=None)
    with pytest.raises(Unknown):
        fleet.loads.idle("minilm")
