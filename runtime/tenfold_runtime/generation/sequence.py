"""One text in the making: its prompt, what it has so far, and when it ends."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from tenfold_runtime.generation.guide import Compiled
from tenfold_runtime.generation.sampling import Chosen, Row, Sampling
from tenfold_runtime.generation.tokens import Spelling, Tokens


class Finish(StrEnum):
    """Why a text ended, as text-generation-inference names it."""

    LENGTH = "length"
    END = "eos_token"
    STOP = "stop_sequence"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be generated."""

    prompt: Sequence[int]
    most: int
    """Most new tokens."""
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    ends: frozenset[int] = frozenset()
    """Tokens that end the text."""
    alternatives: int = 0
    """Likeliest tokens to tell beside each chosen one."""
    prompt_logprobs: bool = False
    seconds: float | None = None
    """Longest time to spend on new tokens."""
    grammar: Compiled | None = None
    """What the text must be."""

    def reseeded(self, number: int) -> "Wish":
        """Give the wish for the number-th text of a prompt: a seed of its own, found again from the first."""
        return replace(self, sampling=replace(self.sampling, seed=self.sampling.seed + number))


@dataclass(frozen=True, slots=True)
class Piece:
    """A token, as it came."""

    chosen: Chosen
    text: str
    """What it adds to the text, up to and with a stop string."""
    finish: Finish | None = None
    stopped_by: str | None = None
    """The stop string that ended the text."""


Listener: TypeAlias = Callable[[Piece | Exception], object]
"""Is told each piece of a text, or the error that ends it."""


class Generation:
    """A wish under way. The network's thread gives it tokens, the event loop its pieces to a listener."""

    def __init__(self, wish: Wish, tokens: Tokens) -> None:
        self.wish = wish
        self.produced: list[int] = []
        self.taken_up = 0
        """Tokens that are in the cache."""
        self.reused = 0
        """Tokens of the prompt that were taken from an earlier text's cache."""
        self.prompt_logprobs: list[float | None] = []
        self.gone = False
        """Whoever asked has left."""
        self.ends_at: float | None = None
        self.guide = wish.grammar.begin() if wish.grammar else None
        sampling = wish.sampling
        self._random = np.random.default_rng(sampling.seed) if sampling.sampled else None
        self._spelling = Spelling(tokens, wish.prompt)
        self._text = ""
        self._unheard: list[Piece | Exception] = []
        self._listener: Listener = self._unheard.append

    @property
    def room(self) -> int:
        """Most tokens that the sequence will ever have in the cache."""
        return len(self.wish.prompt) + self.wish.most

    @property
    def in_cache(self) -> list[int]:
        """The tokens that are in the cache."""
        return [*self.wish.prompt, *self.produced][: self.taken_up]

    @property
    def row(self) -> Row:
        """What choosing the next token depends on."""
        wish = self.wish
        return Row(wish.sampling, self._random, wish.prompt, self.produced, wish.alternatives, self.guide)

    def take(self, chosen: Chosen, *, out_of_time: bool = False) -> Piece:
        """Take the next token up; give what it adds to the text. Raises what a grammar failed of."""
        if self.guide and self.guide.failure:
            raise self.guide.failure
        self.produced.append(chosen.id)
        text = self._spelling.add(chosen.id)
        finish = self._finish(chosen, out_of_time=out_of_time)
        if finish is not None:
            text += self._spelling.rest()
        text, stopped_by = self._cut(text)
        self._text += text
        finish = Finish.STOP if stopped_by else finish
        return Piece(chosen, text, finish, stopped_by)

    def _finish(self, chosen: Chosen, *, out_of_time: bool) -> Finish | None:
        if chosen.id in self.wish.ends or (self.guide and self.guide.ended):
            return Finish.END
        return Finish.LENGTH if out_of_time or len(self.produced) >= self.wish.most else None

    def _cut(self, text: str) -> tuple[str, str | None]:
        """Cut what a token adds behind the first stop string that it completes."""
        if not self.wish.stop:
            return text, None
        whole = self._text + text
        found = [
            (start + len(stop), stop)
            for stop in self.wish.stop
            if (start := whole.find(stop, max(0, len(self._text) - len(stop) + 1))) >= 0
        ]
        if not found:
            return text, None
        end, stop = min(found)
        return whole[len(self._text) : end], stop

    def give(self, piece: Piece | Exception) -> None:
        """Tell the listener a piece, or the error that ends them."""
        self._listener(piece)

    def listen(self, listener: Listener) -> None:
        """Have a listener told all pieces, also those that nobody listened to."""
        self._listener = listener
        for piece in self._unheard:
            listener(piece)


@dataclass(slots=True)
class Text:
    """A finished text."""

    prompt: Sequence[int]
    seed: int | None
    pieces: list[Piece] = field(default_factory=list)
    prompt_logprobs: list[float | None] = field(default_factory=list)
    reused: int = 0
    """Tokens of the prompt that were taken from an earlier text's cache."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def text_without_stop(self) -> str:
        """The text without the stop string that ended it, as OpenAI answers."""
        stop = self.pieces[-1].stopped_by
        return self.text.removesuffix(stop) if stop else self.text

    @property
    def finish(self) -> Finish:
        return self.pieces[-1].finish or Finish.LENGTH

    @property
    def logprob(self) -> float:
        """Mean over its tokens: what the best of several has the most of."""
        return sum(piece.chosen.logprob for piece in self.pieces) / len(self.pieces)


async def whole(generation: Generation) -> Text:
    """Await all pieces of a text. Leaving early gives the place in the batch free."""
    wish = generation.wish
    text = Text(wish.prompt, wish.sampling.seed if wish.sampling.sampled else None)
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(piece: Piece | Exception) -> None:
        if ended.done():
            return
        if isinstance(piece, Exception):
            ended.set_exception(piece)
        else:
            text.pieces.append(piece)
            if piece.finish is not None:
                ended.set_result(None)

    generation.listen(take)
    try:
        await ended
    finally:
        generation.gone = True
    text.prompt_logprobs, text.reused = generation.prompt_logprobs, generation.reused
    return text
