"""A decoder in memory, with what is needed to answer with it."""

from dataclasses import dataclass

import numpy as np

from tenfold_api.spec import Spec
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.generation import facts
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.decoder import Decoder
from tenfold_runtime.generation.facts import Facts
from tenfold_runtime.generation.tokens import Tokens


@dataclass(frozen=True)
class LoadedDecoder:
    """A decoder, warm."""

    decoder: Decoder
    tokens: Tokens
    facts: Facts
    template: ChatTemplate | None
    manifest: Manifest

    @property
    def compute_type(self) -> str:
        """Attention is one fused operator in every form of the graph."""
        return "cpu+optimized"

    def warm_up(self) -> None:
        """Run a prompt and a step, so that the first caller does not pay for memory and kernels."""
        ids = np.zeros((1, min(16, self.facts.most_tokens - 1)), np.int64)
        count = np.array([ids.shape[1]])
        self.decoder.run(0, ids, count, count, count - 1)
        self.decoder.run(0, ids[:, :1], np.array([1]), count + 1, np.array([0]))


def load(found: Artifact, spec: Spec, threads: int) -> LoadedDecoder:
    """Load a decoder's artifact."""
    known = facts.read(found.folder)
    template = known.chat_template
    return LoadedDecoder(
        decoder=Decoder(found.graph, threads, spec.batching.max_batch_size, known.most_tokens),
        tokens=Tokens(found.path / "tokenizer.json"),
        facts=known,
        template=None if template is None else ChatTemplate(template, known.special_tokens),
        manifest=found.manifest,
    )
