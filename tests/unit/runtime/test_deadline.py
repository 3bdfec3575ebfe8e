"""Networks that stop when nobody waits for them any more."""

import asyncio
import threading
import time

import pytest
import torch

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime import deadline
from tenfold_runtime.errors import TooSlow
from tenfold_runtime.pipelines.base import PipelineTask
from tenfold_runtime.pipelines.loaded import LoadedPipeline
from tenfold_runtime.pipelines.predictor import PipelinePredictor
from tenfold_runtime.tasks.request import Request


class Runs:
    """Like a model of optimum's: a class with `forward`."""

    def forward(self, number: int) -> int:
        return number + 1


class Endless(PipelineTask):
    """A task whose network runs until it is stopped."""

    task = Task.SUMMARIZATION
    request = Request
    stopped = False

    def __init__(self):
        self.begun = threading.Event()

    @classmethod
    def load(cls, weights):
        raise NotImplementedError

    def example_body(self):
        return {}

    def answer(self, request, client):
        self.begun.set()
        try:
            while True:
                deadline.check()
                time.sleep(0.001)
        finally:
            self.stopped = True


@pytest.mark.parametrize("make", [Runs, lambda: torch.nn.Sequential(torch.nn.Identity())])
def test_a_watched_model_runs_until_the_end(make):
    model = make()
    deadline.watch(model)

    with deadline.until(time.monotonic() + 60):
        model.forward(1)
    with deadline.until(time.monotonic() - 1), pytest.raises(TooSlow):
        model.forward(1)


def test_without_an_end_there_is_time():
    deadline.check()


def test_what_the_caller_no_longer_waits_for_ends():
    task = Endless()
    spec = Spec.model_validate({"modelId": "a/b", "source": {"path": "/a"}, "limits": {"timeout": "20ms"}})

    async def ask():
        predictor = PipelinePredictor(LoadedPipeline(task, None), spec)
        working = asyncio.create_task(predictor.worker.work())
        with pytest.raises(TooSlow):
            await predictor.predict(b'{"inputs": "a"}', None, Client())
        await predictor.worker.take(lambda: None)  # its turn comes when the one before has ended
        working.cancel()

    asyncio.run(asyncio.wait_for(ask(), 10))

    assert task.stopped


def test_a_caller_who_leaves_ends_the_call():
    task = Endless()
    spec = Spec.model_validate({"modelId": "a/b", "source": {"path": "/a"}})

    async def leave():
        predictor = PipelinePredictor(LoadedPipeline(task, None), spec)
        working = asyncio.create_task(predictor.worker.work())
        asking = asyncio.create_task(predictor.predict(b'{"inputs": "a"}', None, Client()))
        await asyncio.to_thread(task.begun.wait, 10)
        asking.cancel()
        await predictor.worker.take(lambda: None)  # its turn comes when the one before has ended
        working.cancel()

    asyncio.run(asyncio.wait_for(leave(), 10))

    assert task.stopped
