"""The running sequences of a decoder on torch: each gets a token a turn, one after the other."""

from collections.abc import Sequence

import numpy as np

from tenfold_runtime.generation.batch import Turn, note_prompt
from tenfold_runtime.generation.decoder import Logits
from tenfold_runtime.generation.sampling import Chosen, choose, normalizer
from tenfold_runtime.generation.sequence import Generation
from tenfold_runtime.generation.torch_decoder import TorchDecoder, TorchSequence

_ROWS = 4  # sharing turns makes nobody faster; it lets short texts pass long ones


class TorchBatch:
    """Sequences that take turns on one decoder."""

    def __init__(self, decoder: TorchDecoder) -> None:
        self._decoder = decoder
        self._running: dict[Generation, TorchSequence] = {}

    def fits(self, joining: Sequence[Generation]) -> bool:
        """Whether there are places for all of these."""
        return len(self._running) + len(joining) <= _ROWS

    def turn(self, joining: Sequence[Generation], leaving: Sequence[Generation]) -> Turn:
        """Let sequences leave and join; then give a token to each."""
        for generation in leaving:
            self._running.pop(generation, None)
        self._running.update({generation: self._decoder.begin() for generation in joining})
        turn = Turn()
        for generation, sequence in list(self._running.items()):
            try:
                turn.chosen.append((generation, _next(generation, sequence)))
            except Exception as error:  # noqa: BLE001 - whoever waits for it is told
                turn.failed.append((generation, error))
                del self._running[generation]
        return turn


def _next(generation: Generation, sequence: TorchSequence) -> Chosen:
    tokens = generation.produced[-1:] or generation.wish.prompt
    every = generation.wish.prompt_logprobs and not generation.produced
    values = sequence.run(tokens, every=every)
    normalizers = np.array([normalizer(row) for row in values], dtype=np.float32)
    if every:
        note_prompt([generation], [np.arange(len(tokens))], Logits(values, normalizers))
    generation.taken_up += len(tokens)
    (chosen,) = choose(Logits(values[-1:], normalizers[-1:]), [generation.row])
    return chosen
