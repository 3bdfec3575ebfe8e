"""Texts that a grammar lets through, each token drawn at random: what a model of no sense would write."""

import numpy as np

import tiny_decoders
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.guide import Guides
from tenfold_runtime.generation.tokens import Tokens

END = 1
VOCABULARY = 400


def tokens(folder) -> Tokens:
    path = folder / "tokenizer.json"
    tiny_decoders._tokenizer(begins=True).backend_tokenizer.save(str(path))
    return Tokens(path)


def drawn(guides: Guides, grammar: Grammar, known: Tokens, seed: int = 0, most: int = 3000) -> str | None:
    """Give a text that the grammar lets through; None where it has not come to an end."""
    guide, random = guides.compiled(grammar).begin(), np.random.default_rng(seed)
    ids: list[int] = []
    while not guide.ended and len(ids) < most:
        scores = np.zeros(VOCABULARY, np.float32)
        guide.restrict(scores)
        assert guide.failure is None
        token = int(random.choice(np.flatnonzero(np.isfinite(scores))))
        guide.take(token)
        ids += [token] if token != END else []
    return known.decode(ids) if guide.ended else None
