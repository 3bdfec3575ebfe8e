"""Actions of a Decision Transformer, beside the same model asked on torch."""

from itertools import pairwise

import httpx2
import pytest
import torch
import transformers

import tiny_trajectories
from live import live
from same import same
from served import BuildHere, serve, settings
from tenfold_runtime.errors import RequestError
from tenfold_runtime.service import Service
from tiny_trajectories import ACTION, LONGEST, STATE, trajectory


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_trajectories.decision_transformer(tmp_path_factory.mktemp("models") / "walker")


@pytest.fixture(scope="module", params=["onnx", "transformers"])
def walker(request, folder, cache):
    return serve(folder, cache, engine=request.param)


def expected(folder, given, timesteps=None):
    """Ask the model itself. A last action of zeros is what its authors feed for the one that is asked for."""
    steps = len(given["states"])
    model = transformers.DecisionTransformerModel.from_pretrained(folder)
    with torch.no_grad():
        outputs = model(
            states=torch.tensor([given["states"]]),
            actions=torch.tensor([[*given["actions"], [0.0] * ACTION]]),
            returns_to_go=torch.tensor([given["returns_to_go"]])[..., None],
            timesteps=torch.tensor([timesteps or list(range(steps))]),
            attention_mask=torch.ones((1, steps)),
        )
    return {
        "action": outputs.action_preds[0, -1].tolist(),
        "action_preds": outputs.action_preds[0].tolist(),
        "state_preds": outputs.state_preds[0].tolist(),
        "return_preds": outputs.return_preds[0, :, 0].tolist(),
    }


@pytest.mark.parametrize("steps", [1, 2, 7, LONGEST])
def test_an_action_is_that_of_the_model(walker, folder, steps):
    given = trajectory(steps)

    assert same(walker.ask({"inputs": given}), expected(folder, given))


def test_timesteps_tell_where_in_the_episode_a_trajectory_lies(walker, folder):
    given, timesteps = trajectory(3), [40, 41, 42]

    answer = walker.ask({"inputs": {**given, "timesteps": timesteps}})

    assert same(answer, expected(folder, given, timesteps))
    assert not same(answer["action"], walker.ask({"inputs": given})["action"])


def test_a_target_and_the_rewards_stand_for_the_returns_to_go(walker):
    given = trajectory(4)
    returns = given.pop("returns_to_go")
    rewards = [before - after for before, after in pairwise(returns)]

    by_target = walker.ask({"inputs": {**given, "target_return": returns[0], "rewards": rewards}})

    assert same(by_target, walker.ask({"inputs": {**given, "returns_to_go": returns}}))


def test_the_action_of_the_last_step_is_not_looked_at(walker):
    given = trajectory(3)
    padded = {**given, "actions": [*given["actions"], [9.0] * ACTION]}

    assert walker.ask({"inputs": padded}) == walker.ask({"inputs": given})


def changed(**fields):
    return {"inputs": {**trajectory(3), **fields}}


BAD = {
    "no trajectory": ({"inputs": "left"}, "inputs"),
    "no states": (changed(states=[]), "inputs.states"),
    "a state too short": (changed(states=[[0.0] * STATE] * 2 + [[0.0]]), "inputs.states.2"),
    "a text in a state": (changed(states=[["a"] * STATE] * 3), "inputs.states.0.0"),
    "too large a number": (changed(states=[[1e39] * STATE] * 3), "inputs.states.0.0"),
    "too many steps": ({"inputs": trajectory(LONGEST + 1)}, "inputs.states"),
    "too few actions": (changed(actions=[]), "inputs.actions"),
    "an action too long": (changed(actions=[[0.0] * 3] * 2), "inputs.actions.0"),
    "no returns": (changed(returns_to_go=None), "inputs.returns_to_go"),
    "returns and a target": (changed(target_return=1.0), "inputs.returns_to_go"),
    "too few returns": (changed(returns_to_go=[1.0]), "inputs.returns_to_go"),
    "too few rewards": (changed(returns_to_go=None, target_return=1.0), "inputs.rewards"),
    "too few timesteps": (changed(timesteps=[1]), "inputs.timesteps"),
    "a timestep past the end": (changed(timesteps=[0, 1, 50]), "inputs.timesteps"),
    "a timestep too large": (changed(timesteps=[0, 1, 2**70]), "inputs.timesteps.2"),
    "a negative timestep": (changed(timesteps=[-1, 0, 1]), "inputs.timesteps.0"),
    "an unknown parameter": ({**changed(), "parameters": {"seed": 1}}, "parameters.seed"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD.keys())
def test_a_bad_trajectory_is_refused_and_the_next_one_answered(walker, body, field):
    with pytest.raises(RequestError) as error:
        walker.ask(body)

    assert (error.value.status, f"`{field}`" in error.value.problems[0]) == (400, True), error.value.problems
    assert len(walker.ask(changed())["action"]) == ACTION


def test_nan_is_no_json(folder, cache):
    with live(Service(settings(folder, cache), BuildHere())) as url:
        answer = httpx2.post(url, content=b'{"inputs": {"states": [[NaN, 0, 0, 0]], "returns_to_go": [1]}}')
        info = httpx2.get(f"{url}/info").json()

    assert (answer.status_code, "not valid JSON" in answer.json()["error"][0]) == (400, True)
    assert (info["task"], info["engine"]) == ("reinforcement-learning", "onnx")
