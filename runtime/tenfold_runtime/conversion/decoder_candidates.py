"""The choice of a decoder's weights: the fastest form whose next tokens stay close to the exact one's.

Two kinds of int8 are tried. With one scale for each channel of the weights, products are fastest. With
blocks, weights have a scale for each block and activations one for each row and block: slower for many rows,
and nearer to the exact graph.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from tenfold_api.optimizing import Candidate, Products
from tenfold_api.spec import Quantization
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import cached_attention, decoder_blocks, measure, quantize, smooth, weights
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Job, Report, Say
from tenfold_runtime.generation.decoder import Decoder, Ids
from tenfold_runtime.generation.tokens import Tokens
from tenfold_runtime.network import Outputs

_STRENGTHS = (0.5, 0.7)
_BLOCKS = (128, 32)
_ROWS = 8
_MOST, _MOST_OF_LARGE = 256, 32  # tokens of a sequence in the check
_REPEATS, _REPEATS_OF_LARGE = 7, 3


@dataclass(frozen=True, slots=True)
class Form:
    """One way to quantize a graph."""

    quantization: Quantization
    smoothing: float | None = None
    products: Products = Products.PLAIN
    block: int | None = None


Made: TypeAlias = tuple[Form, Path]
"""A form, and the graph that was made of it."""


def forms(wanted: Quantization, *, large: bool = False) -> list[Form]:
    """Give the forms to try.

    large: smoothing takes the whole graph at once, and is left out; `auto` tries int4 too.
    """
    fastest = quantize.products()[0]
    smoothed = [Form(Quantization.INT8, strength, fastest) for strength in _STRENGTHS]
    int8 = ([] if large else smoothed) + [Form(Quantization.INT8, block=block) for block in _BLOCKS]
    int4 = [Form(Quantization.INT4, block=block) for block in _BLOCKS]
    match wanted:
        case Quantization.INT4:
            return int4
        case Quantization.AUTO if large:
            return int8 + int4[-1:]
    return int8


def choose(job: Job, say: Say) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the fastest accepted form in the exact graph's place, where the job wants one."""
    if job.quantization is Quantization.NONE:
        return Quantization.NONE, ()
    check = Check(job)
    wanted = forms(job.quantization, large=check.large)
    say(Report(planned=len(wanted)))
    tried: dict[Form, Candidate] = {}
    best: Made | None = None
    for form in wanted:
        graph = check.quantized(form)
        tried[form] = check.candidate(form, graph)
        say(Report(tried=tried[form]))
        best, worse = _ordered(tried, best, (form, graph))
        if worse is not None:
            weights.remove(worse[1])
    if best is None:
        return Quantization.NONE, tuple(tried.values())
    form, graph = best
    tried[form] = tried[form].chosen()
    weights.replace(job.out / GRAPH, graph)
    return form.quantization, tuple(tried.values())


def _ordered(tried: dict[Form, Candidate], best: Made | None, other: Made) -> tuple[Made | None, Made | None]:
    """Give the better of two, and the one that can go: no more than one is kept beside the exact graph."""
    if not tried[other[0]].accepted:
        return best, other
    if best is None or tried[other[0]].speedup > tried[best[0]].speedup:
        return other, best
    return best, other


class Check:
    """Holds the exact graph's answers and time, to compare others with.

    The exact graph is in memory together with another only where its weights are small.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._graph = job.out / GRAPH
        self.large = weights.size(self._graph) > job.whole_bytes
        most = _MOST_OF_LARGE if self.large else _MOST
        tokens = Tokens(job.out / "tokenizer.json")
        self._prompts = [np.array(tokens.encode(sentence)[:most]) for sentence in SENTENCES]
        exact = self._decoder(self._graph, prepack=not self.large)
        self._answers = list(alone(exact, self._prompts))
        self._exact = None if self.large else exact
        if self.large:
            self._seconds = measure.quickest(steps(exact, self._prompts), _REPEATS_OF_LARGE)
        else:
            self._peaks = smooth.peaks(self._graph, feeds(exact, self._prompts))

    def quantized(self, form: Form) -> Path:
        """Make a form of the graph."""
        name = f"{form.quantization}-{form.smoothing or form.block}"
        quantized = self._job.out / f"{name}.onnx"
        if form.block is not None:
            bits = 8 if form.quantization is Quantization.INT8 else 4
            decoder_blocks.blocks(self._graph, quantized, bits, form.block)
        elif form.smoothing is not None:
            smoothed = self._job.out / f"smoothed-{name}.onnx"
            smooth.smooth(self._graph, smoothed, self._peaks, form.smoothing)
            quantize.int8(smoothed, quantized, form.products)
            smoothed.unlink()
        cached_attention.take_over(quantized)
        return quantized

    def candidate(self, form: Form, graph: Path) -> Candidate:
        """Measure a form's drift, over the next tokens' probabilities, and its speedup.

        What shares a run must not change an answer much: prompts are taken up alone, and then among others.
        """
        decoder = self._decoder(graph)
        expected = chain(self._answers, grouped(self._answers))
        answers = chain(alone(decoder, self._prompts), together(decoder, self._prompts))
        drift = measure.drift(self._job.task, expected, answers)
        speedup = self._speedup(steps(decoder, self._prompts))
        return Candidate(
            form=form.quantization,
            smoothing=form.smoothing,
            products=form.products,
            block=form.block,
            drift=round(drift, 5),
            speedup=round(speedup, 2),
            bytes=weights.size(graph),
            accepted=drift <= self._job.max_drift and speedup > 1.0,
        )

    def _speedup(self, work: Callable[[], None]) -> float:
        if self._exact is None:
            return self._seconds / measure.quickest(work, _REPEATS_OF_LARGE)
        return measure.speedup(steps(self._exact, self._prompts), work, _REPEATS)

    def _decoder(self, graph: Path, *, prepack: bool = True) -> Decoder:
        decoder = Decoder(graph, self._job.threads, _ROWS, _MOST, prepack=prepack)
        decoder.cache.make_room(_MOST, _ROWS)
        return decoder


def alone(decoder: Decoder, prompts: list[Ids]) -> Iterator[Outputs]:
    """Give each prompt's logits at every token."""
    for prompt in prompts:
        yield (run_prompts(decoder, [prompt]),)


def together(decoder: Decoder, prompts: list[Ids]) -> Iterator[Outputs]:
    """Give the logits at every token of prompts that share runs."""
    for start in range(0, len(prompts), _ROWS):
        yield (run_prompts(decoder, prompts[start : start + _ROWS]),)


def grouped(answers: list[Outputs]) -> Iterator[Outputs]:
    """Give the answers to prompts as those that share a run get theirs."""
    for start in range(0, len(answers), _ROWS):
        yield (np.concatenate([logits for (logits,) in answers[start : start + _ROWS]]),)


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
