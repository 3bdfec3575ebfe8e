"""The choice of weights for an encoder with a decoder: the fastest form whose texts stay near the exact ones.

Both graphs are quantized alike. The check lets the exact model write a text for each calibration sentence,
and compares the probabilities of every token of it.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from optimum.onnxruntime import ORTModelForSeq2SeqLM

from tenfold_api.optimizing import Candidate, Products
from tenfold_api.spec import Quantization
from tenfold_runtime.conversion import measure, quantize
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Job, Report, Say
from tenfold_runtime.network import Outputs, options

GRAPHS = ("encoder_model.onnx", "decoder_model_merged.onnx")
_BLOCK = 32
_TEXTS = SENTENCES[::2]
_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Form:
    """One way to quantize both graphs."""

    products: Products = Products.PLAIN
    block: int | None = None
    """Weights that share a scale; None: all of a channel."""

    def __str__(self) -> str:
        return str(self.block or self.products)


def forms(wanted: Quantization) -> list[Form]:
    """Give the forms to try."""
    blocks = Form(block=_BLOCK)
    if wanted is Quantization.INT4:
        return [blocks]
    return [*map(Form, dict.fromkeys((quantize.products()[0], Products.PLAIN))), blocks]


def choose(job: Job, say: Say) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the fastest accepted form in the exact graphs' place, where the job wants one."""
    if job.quantization is Quantization.NONE or not all((job.out / name).exists() for name in GRAPHS):
        return Quantization.NONE, ()
    check = Check(job)
    wanted = forms(job.quantization)
    say(Report(planned=len(wanted)))
    with TemporaryDirectory(dir=job.out) as aside:
        tried: dict[Path, Candidate] = {}
        for form in wanted:
            made = check.quantized(Path(aside), form)
            tried[made] = check.candidate(made, form)
            say(Report(tried=tried[made]))
        accepted = [made for made, candidate in tried.items() if candidate.accepted]
        best = max(accepted, key=lambda made: tried[made].speedup, default=None)
        if best is not None:
            tried[best] = tried[best].chosen()
            for name in GRAPHS:
                (best / name).replace(job.out / name)
    return check.form if best else Quantization.NONE, tuple(tried.values())


class Check:
    """Holds the exact model's texts and the probabilities of their tokens, to compare others with."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.form = Quantization.INT4 if job.quantization is Quantization.INT4 else Quantization.INT8
        trusted = job.security.trust_remote_code
        tokenizer = transformers.AutoTokenizer.from_pretrained(job.out, trust_remote_code=trusted)
        self._inputs = [tokenizer(text, return_tensors="pt", truncation=True) for text in _TEXTS]
        self._exact = self._model(job.out)
        self._texts = [_written(self._exact, one.input_ids) for one in self._inputs]
        self._answers = self._answered(self._exact)

    def quantized(self, aside: Path, form: Form) -> Path:
        """Write a form of both graphs into a folder of its own, with what else loading it needs."""
        folder = aside / str(form)
        folder.mkdir()
        for file in self._job.out.glob("*.json"):
            shutil.copy(file, folder)
        for name in GRAPHS:
            if form.block is None:
                quantize.int8(self._job.out / name, folder / name, form.products)
            else:
                bits = 4 if self.form is Quantization.INT4 else 8
                quantize.blocks(self._job.out / name, folder / name, bits, form.block)
        return folder

    def candidate(self, folder: Path, form: Form) -> Candidate:
        """Measure a form's drift, over the probabilities of the texts' tokens, and its speedup."""
        model = self._model(folder)
        drift = measure.drift(self._job.task, self._answers, self._answered(model))
        speedup = measure.speedup(self._work(self._exact), self._work(model))
        return Candidate(
            form=self.form,
            products=form.products,
            block=form.block,
            drift=round(drift, 5),
            speedup=round(speedup, 2),
            bytes=sum((folder / name).stat().st_size for name in GRAPHS),
            accepted=drift <= self._job.max_drift and speedup > 1.0,
        )

    def _model(self, folder: Path) -> Any:
        return ORTModelForSeq2SeqLM.from_pretrained(folder, session_options=options(self._job.threads))

    def _answered(self, model: Any) -> list[Outputs]:
        """Give the logits at each token of the exact model's texts, float32 (tokens, vocabulary)."""
        return [(_logits(model, *pair),) for pair in zip(self._inputs, self._texts, strict=True)]

    def _work(self, model: Any) -> Callable[[], None]:
        def work() -> None:
            _written(model, self._inputs[0].input_ids)

        return work


def _written(model: Any, ids: Any) -> Any:
    """Write a text of the likeliest tokens."""
    limits = {"max_new_tokens": _TOKENS, "min_new_tokens": _TOKENS}
    return model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), num_beams=1, do_sample=False, **limits
    )


def _logits(model: Any, inputs: Any, text: Any) -> Any:
    found = model(input_ids=inputs.input_ids, attention_mask=inputs.attention_mask, decoder_input_ids=text)
    return found.logits[0].numpy()
