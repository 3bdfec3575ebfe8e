"""The running batch: which sequences are in the cache, and what one turn of the network does with them.

Runs in the network's thread; knows nothing of the event loop. The cache's first rows are the sequences that
are generating, those behind them are still taking up their prompts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np

from tenfold_runtime.generation.decoder import Decoder, Ids, Logits
from tenfold_runtime.generation.prefixes import Prefixes
from tenfold_runtime.generation.sampling import Chosen, choose, normalizer
from tenfold_runtime.generation.sequence import Generation

_MOST_FILLED = 4  # times the tokens of a run, where what fills rows up costs little
_RUNS_OF_PROMPTS = 2  # full ones that may follow one another before those who are generating get a token

Run: TypeAlias = Callable[[list[Generation]], list[tuple[Generation, Chosen]]]


@dataclass(slots=True)
class Turn:
    """What came of one turn."""

    chosen: list[tuple[Generation, Chosen]] = field(default_factory=list)
    failed: list[tuple[Generation, Exception]] = field(default_factory=list)


class Turning(Protocol):
    """Gives sequences their tokens, turn by turn."""

    def fits(self, joining: Sequence[Generation]) -> bool:
        """Whether there are places and memory for all of these."""

    def turn(self, joining: Sequence[Generation], leaving: Sequence[Generation]) -> Turn:
        """Let sequences leave and join; then give tokens to those inside."""


class Batch:
    """Sequences that share runs of one decoder."""

    def __init__(self, decoder: Decoder, cache_bytes: int, chunk: int = 64) -> None:
        """Take cache_bytes as the most memory of the cache, a quarter of it for what has left the batch.

        chunk: most prompt tokens in one run. More in a run makes none of them faster, and all wait for the
        last: GPT-2 takes 71 ms for 64 and 137 ms for 128 where weights of 8 bits gain least.
        """
        self._decoder = decoder
        self._prefixes = Prefixes(decoder.cache, cache_bytes // 4)
        self._cache_bytes = cache_bytes - cache_bytes // 4
        self._chunk = chunk
        self._running: list[Generation] = []
        self._joining: list[Generation] = []
        self._prompt_tokens = 0
        """Tokens of prompts that were run since the last step."""

    def __len__(self) -> int:
        return len(self._running) + len(self._joining)

    def fits(self, joining: Sequence[Generation]) -> bool:
        """Whether there are places and memory for all of these; one alone always gets the memory."""
        rows = len(self) + len(joining)
        cache = self._decoder.cache
        capacity = cache.grown(max(generation.room for generation in joining))
        needed = rows * capacity * cache.shape.token_bytes
        return rows <= cache.rows and (rows == 1 or needed <= self._cache_bytes)

    def turn(self, joining: Sequence[Generation], leaving: Sequence[Generation]) -> Turn:
        """Let sequences leave and join; then go on with the prompts, or give a token to each that runs.

        Where there are both, a step comes after prompts that fill two runs. Of those that join together, the
        shortest prompts come first: runs then pad little, and most wait for few tokens of others.
        """
        for generation in leaving:
            self._leave(generation)
        for generation in sorted(joining, key=lambda one: len(one.wish.prompt)):
            self._join(generation)
        turn = Turn()
        stepping = self._running and self._prompt_tokens >= _RUNS_OF_PROMPTS * self._chunk
        if self._joining and not stepping:
            self._try(turn, self._next_prompts(), self._take_up)
        elif self._running:
            self._try(turn, list(self._running), self._step)
        return turn

    def _try(self, turn: Turn, some: list[Generation], run: Run) -> None:
        """Run, and let a failure end only those that it was for."""
        try:
            turn.chosen += run(some)
        except Exception as error:  # noqa: BLE001 - whoever waits for these is told
            turn.failed += [(generation, error) for generation in some]
            for generation in some:
                self._leave(generation)

    def _join(self, generation: Generation) -> None:
        self._decoder.cache.make_room(generation.room, len(self) + 1)
        self._joining.append(generation)

    def _leave(self, generation: Generation) -> None:
        """Take a sequence out, and keep what it leaves; the last one of its kind moves to its row."""
        for some, first in ((self._joining, len(self._running)), (self._running, 0)):
            if generation in some:
                self._prefixes.keep(generation.in_cache, first + some.index(generation))
                self._fill(some, some.index(generation), first)
                if some is self._running and self._joining:
                    self._close_gap()
        if not len(self):
            self._decoder.cache.shrink()

    def _fill(self, some: list[Generation], place: int, first: int) -> None:
        last = some.pop()
        if place < len(some):
            self._decoder.cache.move(first + len(some), first + place, last.taken_up)
            some[place] = last

    def _close_gap(self) -> None:
        """Move the last joining sequence to the row that the running ones gave up."""
        last = self._joining.pop()
        self._decoder.cache.move(len(self) + 1, len(self._running), last.taken_up)
        self._joining.insert(0, last)

    def _step(self, running: list[Generation]) -> list[tuple[Generation, Chosen]]:
        """Give every running sequence its next token."""
        self._prompt_tokens = 0
        ids = np.array([[one.produced[-1]] for one in running])
        lengths = np.array([one.taken_up + 1 for one in running])
        logits = self._decoder.run(0, ids, np.ones_like(lengths), lengths, np.arange(len(running)))
        for one in running:
            one.taken_up += 1
        return list(zip(running, choose(logits, [one.row for one in running]), strict=True))

    def _next_prompts(self) -> list[Generation]:
        """Give the joining sequences whose prompts go into the next run: one that is cut, or several whole.

        Attention takes several rows only where all of them are new.
        """
        taken: list[Generation] = []
        tokens = longest = 0
        for row, generation in enumerate(self._joining, len(self._running)):
            self._restore(generation, row)
            longest = max(longest, len(generation.wish.prompt))
            tokens += len(generation.wish.prompt)
            filled = longest * (len(taken) + 1)
            if taken and (generation.taken_up or not self._fit_one_run(tokens, filled)):
                break
            taken.append(generation)
            if generation.taken_up:
                break
        return taken

    def _fit_one_run(self, tokens: int, filled: int) -> bool:
        """Whether prompts of so many tokens, and so many when filled up to the longest, can share a run."""
        if self._decoder.leaves_padding_out:
            return tokens <= self._chunk and filled <= _MOST_FILLED * self._chunk
        return filled <= self._chunk

    def _restore(self, generation: Generation, row: int) -> None:
        """Spare a prompt what is known of it, unless its own tokens are to be told."""
        if not generation.taken_up and not generation.wish.prompt_logprobs:
            generation.reused = generation.taken_up = self._prefixes.restore(generation.wish.prompt, row)

    def _take_up(self, some: list[Generation]) -> list[tuple[Generation, Chosen]]:
        """Run the prompts of new sequences, or the next part of one; choose first tokens where they end."""
        parts = [one.wish.prompt[one.taken_up :][: self._chunk] for one in some]
        counts = np.array([len(part) for part in parts])
        lengths = counts + np.array([one.taken_up for one in some])
        ids = _padded(parts, int(counts.max()))
        self._prompt_tokens += int(counts.sum())
        wanted = [_wanted(one, len(part)) for one, part in zip(some, parts, strict=True)]
        offsets = np.arange(len(some)) * ids.shape[1]
        flat = np.concatenate([own + offset for own, offset in zip(wanted, offsets, strict=True)])
        logits = self._decoder.run(len(self._running), ids, counts, lengths, flat)
        note_prompt(some, wanted, logits)
        for one, length in zip(some, lengths, strict=True):
            one.taken_up = int(length)
        return self._first_tokens(some, np.cumsum([len(own) for own in wanted]) - 1, logits)

    def _first_tokens(
        self, some: list[Generation], ends: Ids, logits: Logits
    ) -> list[tuple[Generation, Chosen]]:
        done = [index for index, one in enumerate(some) if one.taken_up == len(one.wish.prompt)]
        if not done:
            return []
        ready = [some[index] for index in done]
        for row, one in enumerate(ready, len(self._running)):
            self._prefixes.keep(one.in_cache, row)
        last = Logits(logits.values[ends[done]], logits.normalizers[ends[done]])
        chosen = choose(last, [one.row for one in ready])
        self._running += ready
        self._joining = self._joining[len(ready) :]
        return list(zip(ready, chosen, strict=True))


def _padded(parts: list[Sequence[int]], width: int) -> Ids:
    ids = np.zeros((len(parts), width), np.int64)
    for row, part in enumerate(parts):
        ids[row, : len(part)] = part
    return ids


def _wanted(one: Generation, count: int) -> Ids:
    """The tokens of a part whose logits are needed: the last, or all where the prompt is to be told."""
    return np.arange(count) if one.wish.prompt_logprobs else np.array([count - 1])


def note_prompt(some: list[Generation], wanted: list[Ids], logits: Logits) -> None:
    """Note how likely each token of a prompt was, for those who asked."""
    begin = 0
    for one, own in zip(some, wanted, strict=True):
        if one.wish.prompt_logprobs:
            following = one.wish.prompt[one.taken_up + 1 :][: len(own)]
            rows = logits.values[begin : begin + len(following)]
            one.prompt_logprobs += [
                float(row[token] - normalizer(row)) for row, token in zip(rows, following, strict=True)
            ]
        begin += len(own)
