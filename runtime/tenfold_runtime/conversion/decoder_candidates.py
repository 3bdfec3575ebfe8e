"""The choice of a decoder's weights: the fastest form whose next tokens stay close to the exact one's.

Two kinds of int8 are tried. With dynamic activations all rows of a run share one scale, which is fastest for
many rows, and lets a row's neighbours touch its rounding. With blocks, weights have a scale for each block
and activations one for each row and block: slower for many rows, and far nearer to the exact graph.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold_api.optimizing import Candidate
from tenfold_api.spec import Quantization
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import measure, quantize, smooth
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Job, Report, Say
from tenfold_runtime.generation.decoder import Decoder, Ids
from tenfold_runtime.generation.tokens import Tokens
from tenfold_runtime.network import Outputs

_STRENGTHS = (0.5, 0.7)
_BLOCKS = (128, 32)
_ROWS = 8
_MOST = 256  # tokens of a sequence in the check


@dataclass(frozen=True, slots=True)
class Form:
    """One way to quantize a graph."""

    quantization: Quantization
    smoothing: float | None = None
    block: int | None = None


def forms(wanted: Quantization) -> list[Form]:
    """Give the forms to try."""
    if wanted is Quantization.INT4:
        return [Form(Quantization.INT4, block=block) for block in _BLOCKS]
    smoothed = [Form(Quantization.INT8, smoothing=strength) for strength in _STRENGTHS]
    return smoothed + [Form(Quantization.INT8, block=block) for block in _BLOCKS]


def choose(job: Job, say: Say) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the fastest accepted form in the exact graph's place, where the job wants one."""
    if job.quantization is Quantization.NONE:
        return Quantization.NONE, ()
    check = Check(job)
    wanted = forms(job.quantization)
    say(Report(planned=len(wanted)))
    made, tried = {}, {}
    for form in wanted:
        made[form] = check.quantized(form)
        tried[form] = check.candidate(form, made[form])
        say(Report(tried=tried[form]))
    accepted = [form for form in tried if tried[form].accepted]
    best = max(accepted, key=lambda form: tried[form].speedup, default=None)
    if best is not None:
        made[best].replace(job.out / GRAPH)
        tried[best] = tried[best].chosen()
    for path in made.values():
        path.unlink(missing_ok=True)
    return Quantization.NONE if best is None else best.quantization, tuple(tried.values())


class Check:
    """Holds the exact graph's answers and time, to compare others with."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._graph = job.out / GRAPH
        tokens = Tokens(job.out / "tokenizer.json")
        self._prompts = [np.array(tokens.encode(sentence)[:_MOST]) for sentence in SENTENCES]
        self._exact = self._decoder(self._graph)
        self._answers = answered(self._exact, self._prompts)
        self._peaks = smooth.peaks(self._graph, feeds(self._exact, self._prompts))

    def quantized(self, form: Form) -> Path:
        """Make a form of the graph."""
        name = f"{form.quantization}-{form.smoothing or form.block}"
        quantized = self._job.out / f"{name}.onnx"
        if form.block is not None:
            quantize.blocks(self._graph, quantized, 8 if form.quantization == "int8" else 4, form.block)
        elif form.smoothing is not None:
            smoothed = self._job.out / f"smoothed-{name}.onnx"
            smooth.smooth(self._graph, smoothed, self._peaks, form.smoothing)
            quantize.int8(smoothed, quantized)
            smoothed.unlink()
        return quantized

    def candidate(self, form: Form, graph: Path) -> Candidate:
        """Measure a form's drift, over the next tokens' probabilities, and its speedup."""
        decoder = self._decoder(graph)
        drift = measure.drift(self._job.task, self._answers, answered(decoder, self._prompts))
        speedup = measure.speedup(steps(self._exact, self._prompts), steps(decoder, self._prompts))
        return Candidate(
            form=form.quantization,
            smoothing=form.smoothing,
            block=form.block,
            drift=round(drift, 5),
            speedup=round(speedup, 2),
            bytes=graph.stat().st_size,
            accepted=drift <= self._job.max_drift and speedup > 1.0,
        )

    def _decoder(self, graph: Path) -> Decoder:
        decoder = Decoder(graph, self._job.threads, _ROWS, _MOST)
        decoder.cache.make_room(_MOST, _ROWS)
        return decoder


def answered(decoder: Decoder, prompts: list[Ids]) -> list[Outputs]:
    """Give each prompt's logits at every token, taken up alone and then among others.

    What shares a run must not change an answer much.
    """
    alone = [(run_prompts(decoder, [prompt]),) for prompt in prompts]
    groups = [prompts[start : start + _ROWS] for start in range(0, len(prompts), _ROWS)]
    together = [(run_prompts(decoder, group),) for group in groups]
    return [*alone, *together]


def run_prompts(decoder: Decoder, prompts: list[Ids]) -> Any:
    """Give the logits at all tokens of prompts that are run at once, float32 (tokens, vocabulary)."""
    ids, counts = _padded(prompts)
    wanted = [row * ids.shape[1] + np.arange(count) for row, count in enumerate(counts)]
    return decoder.run(0, ids, counts, counts, np.concatenate(wanted)).values


def _padded(prompts: list[Ids]) -> tuple[Ids, Ids]:
    counts = np.array([len(prompt) for prompt in prompts])
    ids = np.zeros((len(prompts), counts.max()), np.int64)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = prompt
    return ids, counts


def steps(decoder: Decoder, prompts: list[Ids], count: int = 8) -> Callable[[], None]:
    """Give what is timed: some steps, alone and in a full batch, after a prompt."""
    prompt = prompts[0][:16]

    def work() -> None:
        for rows in (1, _ROWS):
            run_prompts(decoder, [prompt] * rows)
            for step in range(1, count + 1):
                lengths = np.full(rows, len(prompt) + step)
                last = np.full((rows, 1), prompt[-1])
                decoder.run(0, last, np.ones(rows, np.int64), lengths, np.arange(rows))

    return work


def feeds(decoder: Decoder, prompts: list[Ids]) -> Iterator[dict[str, Any]]:
    """Give the graph's inputs for each prompt alone."""
    for prompt in prompts:
        count = np.array([len(prompt)])
        inputs = decoder.inputs(prompt[None], count, count, count - 1)
        arrays = dict(zip(decoder.past, decoder.cache.arrays, strict=True))
        yield {**inputs, **{name: array[:1] for name, array in arrays.items()}}
