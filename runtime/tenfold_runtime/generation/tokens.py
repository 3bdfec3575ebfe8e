"""Prompts to tokens, and tokens to text as they come."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

# Enough tokens before the new ones for a decoder to know whether a space belongs between them.
_CONTEXT = 5
_INCOMPLETE = "\ufffd"
_END = "<|end that the model does not know|>"


class Tokens:
    """A model's tokenizer. Nothing in it changes after construction."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        added = self._tokenizer.get_added_tokens_decoder()
        self.special = frozenset(token for token, one in added.items() if one.special)

    def written(self, ends: frozenset[int]) -> tuple[str, list[int]]:
        """Give the tokenizer as tokenizer.json has it, and what ends a text: a token more where none does."""
        written = str(self._tokenizer.to_str())
        if ends:
            return written, sorted(ends)
        more = Tokenizer.from_str(written)
        more.add_special_tokens([_END])
        return str(more.to_str()), [more.token_to_id(_END)]

    def encode(self, text: str, *, add_special: bool = True) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=add_special).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Give the text of tokens, special ones left out."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def spelled(self, token: int) -> str:
        """Give one token as text: special ones by name, others as they read alone."""
        if token in self.special:
            return self._tokenizer.id_to_token(token) or ""
        return str(self._tokenizer.decode([token], skip_special_tokens=False))


class Spelling:
    """The text of one sequence's new tokens, each piece given once and in order.

    A token may end in the middle of a character: its piece is then empty, and the character comes with the
    token that completes it.
    """

    def __init__(self, tokens: Tokens, prompt: Sequence[int]) -> None:
        self._tokens = tokens
        self._ids = list(prompt[-_CONTEXT:])
        self._read = len(self._ids)
        self._before = tokens.decode(self._ids)

    def add(self, token: int) -> str:
        """Give the text that a token adds."""
        if token in self._tokens.special:
            return ""
        self._ids.append(token)
        text = self._tokens.decode(self._ids)
        if text.endswith(_INCOMPLETE):
            return ""
        return self._taken(text)

    def rest(self) -> str:
        """Give what was held back for a character that was never completed."""
        return self._taken(self._tokens.decode(self._ids))

    def _taken(self, text: str) -> str:
        piece = text[len(self._before) :]
        self._ids = self._ids[self._read :][-_CONTEXT:] or self._ids
        self._read = len(self._ids)
        self._before = self._tokens.decode(self._ids)
        return piece
