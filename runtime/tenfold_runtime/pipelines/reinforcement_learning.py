"""reinforcement-learning: the next action of a Decision Transformer, for a trajectory and a return to reach.

Per step the model reads the return that is still to come, the state and the action taken, and guesses the
action from all before it. Shapes below: T steps, S numbers in a state, A numbers in an action.
"""

from collections.abc import Callable
from typing import Annotated, Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import options
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.no_parameters import NoParameters
from tenfold_runtime.tasks.request import Request

_LARGEST = 1e30  # float32 holds it, and a few sums of it
Number = Annotated[float, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
Numbers = Annotated[list[Number], Field(min_length=1)]
Floats: TypeAlias = npt.NDArray[np.float32]
Run: TypeAlias = Callable[[dict[str, npt.NDArray[Any]]], dict[str, Floats]]

_OUTPUTS = ("action_preds", "state_preds", "return_preds")


class Trajectory(Request):
    states: Annotated[list[Numbers], Field(min_length=1)]
    """The states up to now: T lists, each of as many numbers as a state of the model has."""
    actions: list[Numbers] = []
    """The actions taken: T - 1 lists of as many numbers as an action has; a T-th is not looked at."""
    returns_to_go: Numbers | None = None
    """The sum of the rewards that are to come from each step on, T numbers."""
    target_return: Number | None = None
    """The sum of all rewards that is aimed for. Together with `rewards` it stands for `returns_to_go`."""
    rewards: list[Number] = []
    """The rewards received, T - 1 numbers; a T-th is not looked at."""
    timesteps: list[Annotated[int, Field(strict=True, ge=0)]] | None = None
    """The number of each step in its episode, T whole numbers; by default 0, 1, 2 …"""


class ReinforcementLearningRequest(Request):
    inputs: Trajectory
    """What happened so far."""
    parameters: NoParameters = NoParameters()


class ReinforcementLearning(PipelineTask[ReinforcementLearningRequest]):
    task = Task.REINFORCEMENT_LEARNING
    request = ReinforcementLearningRequest

    def __init__(self, run: Run, config: dict[str, Any]) -> None:
        """run: maps arrays with a batch axis of 1 to the model's outputs, by name. config: of the model."""
        self._run = run
        self._state, self._action = int(config["state_dim"]), int(config["act_dim"])
        self._longest = int(config.get("n_positions", 1024)) // 3  # each step has three positions
        self._episode = int(config.get("max_ep_len", 4096))

    @classmethod
    def load(cls, weights: Weights) -> Self:
        make = _graph if weights.engine is Engine.ONNX else _torch
        return cls(make(weights), ModelFolder(weights.folder).config)

    def example_body(self) -> dict[str, Any]:
        states, actions = [[0.0] * self._state] * 2, [[0.0] * self._action]
        return {"inputs": {"states": states, "actions": actions, "target_return": 1.0, "rewards": [0.0]}}

    def answer(self, request: ReinforcementLearningRequest, client: Client) -> dict[str, Any]:
        outputs = self._run(self._fed(request.inputs))
        actions, states, returns = (outputs[name][0] for name in _OUTPUTS)
        told = {"action_preds": actions, "state_preds": states, "return_preds": returns[:, 0]}
        return {"action": actions[-1], **{name: np.ascontiguousarray(told[name]) for name in _OUTPUTS}}

    def _fed(self, given: Trajectory) -> dict[str, npt.NDArray[Any]]:
        """Give the inputs: states (1, T, S), actions (1, T, A), returns_to_go (1, T, 1), timesteps (1, T)."""
        steps = len(given.states)
        if steps > self._longest:
            raise InvalidInput("inputs.states", f"{steps} steps; the model reads at most {self._longest}")
        _check_widths(given.states, self._state, "inputs.states")
        _check_widths(given.actions, self._action, "inputs.actions")
        return {
            "states": np.asarray([given.states], np.float32),
            "actions": _actions(given.actions, steps, self._action),
            "returns_to_go": _returns(given, steps),
            "timesteps": self._timesteps(given.timesteps, steps),
            "attention_mask": np.ones((1, steps), np.float32),
        }

    def _timesteps(self, given: list[int] | None, steps: int) -> npt.NDArray[np.int64]:
        numbers = list(range(steps)) if given is None else given
        _check_count(numbers, steps, "inputs.timesteps")
        if max(numbers) >= self._episode:
            raise InvalidInput("inputs.timesteps", f"must be less than {self._episode}, got {max(numbers)}")
        return np.asarray([numbers], np.int64)


def _actions(given: list[list[float]], steps: int, width: int) -> Floats:
    if len(given) not in (steps - 1, steps):
        raise InvalidInput("inputs.actions", f"{len(given)} actions; {steps} states need {steps - 1} of them")
    taken = np.zeros((1, steps, width), np.float32)
    if steps > 1:
        taken[0, :-1] = given[: steps - 1]
    return taken


def _returns(given: Trajectory, steps: int) -> Floats:
    if (given.returns_to_go is None) == (given.target_return is None):
        raise InvalidInput("inputs.returns_to_go", "give either returns_to_go, or target_return with rewards")
    if given.returns_to_go is not None:
        _check_count(given.returns_to_go, steps, "inputs.returns_to_go")
        return np.asarray(given.returns_to_go, np.float32).reshape(1, steps, 1)
    if len(given.rewards) not in (steps - 1, steps):
        raise InvalidInput("inputs.rewards", f"{len(given.rewards)}; {steps} states need {steps - 1} of them")
    received = np.cumsum([0.0, *given.rewards[: steps - 1]])
    return np.asarray(given.target_return - received, np.float32).reshape(1, steps, 1)


def _check_count(numbers: list[Any], steps: int, field: str) -> None:
    if len(numbers) != steps:
        raise InvalidInput(field, f"{len(numbers)}; one for each of the {steps} states is needed")


def _check_widths(rows: list[list[float]], width: int, field: str) -> None:
    for index, row in enumerate(rows):
        if len(row) != width:
            raise InvalidInput(f"{field}.{index}", f"{len(row)} numbers; the model's have {width}")


def _graph(weights: Weights) -> Run:
    import onnxruntime

    # That pass takes the axis of three times T positions for that of T steps, and the graph fails.
    session = onnxruntime.InferenceSession(
        str(weights.folder / "model.onnx"),
        options(weights.threads),
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["ReshapeFusion"],
    )
    return lambda fed: dict(zip(_OUTPUTS, session.run(list(_OUTPUTS), fed), strict=True))


def _torch(weights: Weights) -> Run:
    import torch

    from tenfold_runtime import torch_model

    torch.set_num_threads(weights.threads)
    model = torch_model.load(weights.folder, Task.REINFORCEMENT_LEARNING, weights.security)

    def run(fed: dict[str, npt.NDArray[Any]]) -> dict[str, Floats]:
        with torch.inference_mode():
            outputs = model(**{name: torch.from_numpy(array) for name, array in fed.items()})
        return {name: outputs[name].numpy() for name in _OUTPUTS}

    return run
