"""Grammars to masks: which tokens may come next, by llguidance.

A mask depends on the token before it and so does the network's next run: both are made at the same time.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from tenfold_runtime.generation.cache import Array
from tenfold_runtime.generation.errors import ValidationFailed
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.tokens import Tokens

MOST_CHARACTERS = 2**16
"""Longest grammar, in characters."""
_KEPT = 32
_COMPLEX = "too complex to generate by"

Mask = npt.NDArray[np.uint8]


def limits() -> LLParserLimits:
    """Give what a grammar may take: under a second to read it, some 15 ms for a token, and 50 MB."""
    return LLParserLimits(
        initial_lexer_fuel=200_000,
        step_lexer_fuel=200_000,
        max_lexer_states=25_000,
        max_grammar_size=250_000,
        verbose_errors=False,
    )


@dataclass(frozen=True)
class Compiled:
    """A grammar that is ready for the texts of one request."""

    field: str
    matcher: LLMatcher
    """As it is before the first token. Only copies of it go on."""
    masks: ThreadPoolExecutor

    def begin(self) -> "Guide":
        """Give the guide of one text."""
        return Guide(self)


class Guide:
    """Guides one text. Only the network's thread calls it; masks are made in a thread beside it."""

    def __init__(self, compiled: Compiled) -> None:
        self._field = compiled.field
        self._masks = compiled.masks
        self._matcher = compiled.matcher.deep_copy()
        self._next: Future[Mask] = self._masks.submit(self._mask)
        self.failure: ValidationFailed | None = None
        """Why the text cannot go on."""
        self.ended = False
        """Whether the grammar leaves nothing to say."""

    def restrict(self, scores: Array) -> None:
        """Make the tokens that may not come minus infinity, in place; scores: (vocabulary,)."""
        mask = self._next.result()
        if not self._is_well():
            return
        allowed = np.unpackbits(mask, count=min(len(scores), 8 * len(mask)), bitorder="little").view(bool)
        scores[: len(allowed)][~allowed] = -np.inf
        scores[len(allowed) :] = -np.inf

    def take(self, token: int) -> None:
        """Go on behind the token that was chosen."""
        self._next.exception()  # waits: the matcher does one thing at a time
        if self.failure is None:
            self._matcher.consume_token(token)
        if self._is_well():
            self.ended = bool(self._matcher.is_stopped())
            if not self.ended:
                self._next = self._masks.submit(self._mask)

    def _mask(self) -> Mask:
        return np.frombuffer(self._matcher.compute_bitmask(), np.uint8)

    def _is_well(self) -> bool:
        if self.failure is None and self._matcher.is_error():
            self.failure = refused(self._field, _COMPLEX)
        return self.failure is None


class Guides:
    """Makes grammars ready, in whatever thread asks; one at a time, so that they never take all cores."""

    def __init__(self, tokens: Tokens, ends: frozenset[int]) -> None:
        """Make the vocabulary a tree. That stops every thread, up to a second for 128,000 tokens."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Compiled] = OrderedDict()
        self._masks = ThreadPoolExecutor(1, thread_name_prefix="masks")
        self._vocabulary = _vocabulary(tokens, ends)

    def compiled(self, grammar: Grammar) -> Compiled:
        """Make a grammar ready; raises ValidationFailed, which names the field that cannot be used."""
        with self._lock:
            if grammar.lark not in self._kept:
                self._kept[grammar.lark] = self._compiled(grammar)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(grammar.lark)
            return self._kept[grammar.lark]

    def _compiled(self, grammar: Grammar) -> Compiled:
        matcher = self._matcher(grammar)
        if not matcher.is_error():
            return Compiled(grammar.rules[0].field, matcher, self._masks)
        for rule in grammar.rules:
            if (alone := self._matcher(Grammar.of(rule))).is_error():
                raise refused(rule.field, _told(alone))
        raise refused(grammar.rules[0].field, _COMPLEX)

    def _matcher(self, grammar: Grammar) -> LLMatcher:
        """Read a grammar, and take a first step with it: some faults show only then."""
        if isinstance(self._vocabulary, str):
            raise refused(grammar.rules[0].field, self._vocabulary)
        if len(grammar.lark) > MOST_CHARACTERS:
            raise refused(grammar.rules[0].field, f"longer than {MOST_CHARACTERS} characters")
        matcher = LLMatcher(self._vocabulary, grammar.lark, log_level=0, limits=limits())
        if matcher.is_error():
            return matcher
        tried = matcher.deep_copy()
        mask = np.frombuffer(tried.compute_bitmask(), np.uint8)
        if not tried.is_error():
            tried.consume_token(int(np.flatnonzero(np.unpackbits(mask, bitorder="little"))[0]))
        return tried if tried.is_error() else matcher


def _vocabulary(tokens: Tokens, ends: frozenset[int]) -> LLTokenizer | str:
    """Give the vocabulary; or why, where its kind cannot be guided.

    Without llguidance's slices it takes half the time and memory; some masks then take 4 ms, not 2, which the
    network's run hides.
    """
    written, known = tokens.written(ends)
    try:
        return LLTokenizer(written, eos_token=known, slices=[])
    except ValueError as error:
        return f"no grammar can guide this model's tokenizer: {error}"


def refused(field: str, why: str) -> ValidationFailed:
    return ValidationFailed(f"Input validation error: Error in `{field}`: {why}")


def _told(matcher: LLMatcher) -> str:
    """Give what llguidance says of a grammar, without where it stands in the text that was made of it."""
    lines = [line.strip() for line in matcher.get_error().splitlines()]
    first = lines[0].partition("failed to compile JSON schema: ")
    reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    said = first[2] or (reasons or [first[0]])[0] or _COMPLEX
    return "no text is what it asks for" if said == "NoExtensionBias" else said
