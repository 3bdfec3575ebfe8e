"""A decoder in memory, with what is needed to answer with it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenfold_api.spec import Engine, Spec
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.generation import facts
from tenfold_runtime.generation.batch import Batch, Turning
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.decoder import Decoder
from tenfold_runtime.generation.facts import Facts
from tenfold_runtime.generation.guide import Guides
from tenfold_runtime.generation.memory import cache_bytes
from tenfold_runtime.generation.tokens import Tokens
from tenfold_runtime.generation.torch_batch import TorchBatch
from tenfold_runtime.generation.torch_decoder import TorchDecoder


@dataclass(frozen=True)
class LoadedDecoder:
    """A decoder, warm."""

    decoder: Decoder | TorchDecoder
    tokens: Tokens
    guides: Guides
    facts: Facts
    template: ChatTemplate | None
    manifest: Manifest

    def batch(self) -> Turning:
        """Give what lets sequences share the decoder."""
        if isinstance(self.decoder, TorchDecoder):
            return TorchBatch(self.decoder)
        return Batch(self.decoder, cache_bytes())

    def warm_up(self) -> None:
        """Run a prompt and a step, so that the first caller does not pay for memory and kernels."""
        if isinstance(self.decoder, TorchDecoder):
            sequence = self.decoder.begin()
            sequence.run([0] * min(16, self.facts.most_tokens - 1))
            sequence.run([0])
            return
        ids = np.zeros((1, min(16, self.facts.most_tokens - 1)), np.int64)
        count = np.array([ids.shape[1]])
        self.decoder.run(0, ids, count, count, count - 1)
        self.decoder.run(0, ids[:, :1], np.array([1]), count + 1, np.array([0]))


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> LoadedDecoder:
    """Load a decoder from its artifact, or from the model's own files where nothing was exported."""
    known = facts.read(found.folder)
    tokens = Tokens(found.path / "tokenizer.json")
    return LoadedDecoder(
        decoder=_decoder(found, source, spec, threads, known.most_tokens),
        tokens=tokens,
        guides=Guides(tokens, known.ends),
        facts=known,
        template=_template(known),
        manifest=found.manifest,
    )


def _template(known: facts.Facts) -> ChatTemplate | None:
    if known.chat_template is None:
        return None
    return ChatTemplate(known.chat_template, known.special_tokens, known.tool_template)


def _decoder(
    found: Artifact, source: Path, spec: Spec, threads: int, most_tokens: int
) -> Decoder | TorchDecoder:
    if found.manifest.engine is Engine.ONNX:
        return Decoder(found.graph, threads, spec.batching.max_batch_size, most_tokens, frozen=True)
    return TorchDecoder(source, spec.security, threads)
