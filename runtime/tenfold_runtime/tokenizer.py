"""Text to token ids and back, on the `tokenizers` library alone."""

from pathlib import Path
from typing import Literal

from tokenizers import Encoding, Tokenizer

from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.facts import Facts

# What a tokenizer that tidies writes without the spaces, as transformers does.
_TIDIED = (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're")


class TextTokenizer:
    """A model's tokenizer, with the model's limits. Nothing in it changes after construction."""

    def __init__(self, path: Path, facts: Facts, max_tokens: int | None = None) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._facts = facts
        limits = [limit for limit in (facts.max_tokens, max_tokens) if limit]
        self.max_tokens = min(limits, default=None)

    def encode(
        self, text: str, pair: str | None = None, *, truncate: bool, side: Literal["left", "right"] = "right"
    ) -> Encoding:
        """Encode a text, or a pair of texts, special tokens added.

        A text over the model's limit is cut at `side` where `truncate` says so, else InvalidInput is raised.
        """
        encoding = self._tokenizer.encode(text, pair)
        if self.max_tokens is None or len(encoding) <= self.max_tokens:
            return encoding
        if not truncate:
            raise InvalidInput(
                "inputs", f"{len(encoding)} tokens; this model takes at most {self.max_tokens}"
            )
        return self._cut(text, pair, self.max_tokens, side)

    def _cut(self, text: str, pair: str | None, most: int, side: Literal["left", "right"]) -> Encoding:
        """Encode with the longer one cut first, until both fit beside the special tokens."""
        room = most - self._tokenizer.num_special_tokens_to_add(pair is not None)
        first = self.plain(text)
        second = None if pair is None else self.plain(pair)
        if second is None:
            first.truncate(room, direction=side)
            return self._tokenizer.post_process(first)
        shorter = min(len(first), len(second), room // 2)
        first.truncate(max(shorter, room - len(second)), direction=side)
        second.truncate(room - len(first), direction=side)
        return self._tokenizer.post_process(first, second)

    def plain(self, text: str) -> Encoding:
        """Encode without special tokens."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def windows(self, text: str, stride: int) -> list[Encoding]:
        """Encode a text of any length as overlapping windows of the model's size, special tokens added.

        stride: how many tokens two neighbours share.
        """
        encoding = self.plain(text)
        if self.max_tokens is None:
            return [self._tokenizer.post_process(encoding)]
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(False)
        encoding.truncate(room, stride=min(stride, room - 1))
        return [self._tokenizer.post_process(piece) for piece in (encoding, *encoding.overflowing)]

    def pair_windows(self, first: str, second: str, size: int, stride: int) -> list[Encoding]:
        """Encode a pair as windows of `size` tokens over `second`, each with all of `first` before it."""
        head, tail = self.plain(first), self.plain(second)
        room = size - len(head) - self._tokenizer.num_special_tokens_to_add(True)
        if room <= stride:
            raise InvalidInput("inputs.question", f"{len(head)} tokens; leaves no room in a window of {size}")
        tail.truncate(room, stride=stride)
        return [self._tokenizer.post_process(head, piece) for piece in (tail, *tail.overflowing)]

    def id_of(self, token: str | None) -> int | None:
        return None if token is None else self._tokenizer.token_to_id(token)

    def token(self, token_id: int) -> str:
        return self._tokenizer.id_to_token(token_id) or ""

    def special_id(self, name: str) -> int | None:
        """The id of `mask_token`, `cls_token` …; None where the tokenizer has none."""
        return self.id_of(self._facts.token(name))

    def decode(self, ids: list[int], *, skip_special_tokens: bool = False) -> str:
        text = self._tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)
        return _tidied(text) if self._facts.clean_up_spaces else text

    def join(self, tokens: list[str]) -> str:
        """Join tokens to the text they stand for."""
        decoder = self._tokenizer.decoder
        return decoder.decode(tokens) if decoder is not None else " ".join(tokens)

    @property
    def marks_subwords(self) -> bool:
        """Whether a token's spelling tells that it continues a word."""
        return bool(getattr(self._tokenizer.model, "continuing_subword_prefix", None))


def _tidied(text: str) -> str:
    for spaced in _TIDIED:
        text = text.replace(spaced, spaced.strip())
    return text
