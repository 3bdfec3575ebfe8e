"""What generating must know of a model besides its graph: where texts end, and how chats are written."""

from dataclasses import dataclass, field
from typing import Any

from tenfold_runtime import facts
from tenfold_runtime.folder import ModelFolder

# Where a configuration names no limit. Larger than what most decoders were made for.
_MANY_TOKENS = 4096
_POSITIONS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")


@dataclass(frozen=True, slots=True)
class Facts:
    """Read from config.json, generation_config.json, tokenizer_config.json and chat_template.jinja."""

    most_tokens: int
    """Tokens of a sequence, prompt and text together."""
    ends: frozenset[int]
    """Tokens that end a text."""
    chat_template: str | None = None
    special_tokens: dict[str, str] = field(default_factory=dict)
    """`bos_token`, `eos_token` …, which templates name."""


def read(folder: ModelFolder) -> Facts:
    """Read the facts of a decoder from its files."""
    return Facts(
        most_tokens=_most_tokens(folder),
        ends=_ends(folder),
        chat_template=_chat_template(folder),
        special_tokens=facts.read(folder).special_tokens,
    )


def _most_tokens(folder: ModelFolder) -> int:
    named = [folder.config.get(key) for key in _POSITIONS]
    return int(next((one for one in named if one), _MANY_TOKENS))


def _ends(folder: ModelFolder) -> frozenset[int]:
    generation: dict[str, Any] = folder.json("generation_config.json") or {}
    found = generation.get("eos_token_id", folder.config.get("eos_token_id"))
    return frozenset(found if isinstance(found, list) else [] if found is None else [found])


def _chat_template(folder: ModelFolder) -> str | None:
    """Read the template from its own file, or from tokenizer_config.json, where older models have it."""
    own = folder.path / "chat_template.jinja"
    if own.is_file():
        return own.read_text(encoding="utf-8")
    found = folder.tokenizer_config.get("chat_template")
    if isinstance(found, list):
        return next((one["template"] for one in found if one["name"] == "default"), None)
    return found
