"""What generating must know of a model besides its graph: where texts end, and how chats are written."""

from dataclasses import dataclass, field
from pathlib import Path
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
    tool_template: str | None = None
    """The template of chats in which functions may be called, where the model has one apart."""
    special_tokens: dict[str, str] = field(default_factory=dict)
    """`bos_token`, `eos_token` …, which templates name."""


def read(folder: ModelFolder) -> Facts:
    """Read the facts of a decoder from its files."""
    templates = _chat_templates(folder)
    return Facts(
        most_tokens=_most_tokens(folder),
        ends=_ends(folder),
        chat_template=templates.get("default"),
        tool_template=templates.get("tool_use"),
        special_tokens=facts.read(folder).special_tokens,
    )


def _most_tokens(folder: ModelFolder) -> int:
    named = [folder.config.get(key) for key in _POSITIONS]
    return int(next((one for one in named if one), _MANY_TOKENS))


def _ends(folder: ModelFolder) -> frozenset[int]:
    generation: dict[str, Any] = folder.json("generation_config.json") or {}
    found = generation.get("eos_token_id", folder.config.get("eos_token_id"))
    return frozenset(found if isinstance(found, list) else [] if found is None else [found])


def _chat_templates(folder: ModelFolder) -> dict[str, str]:
    """Read templates from files of their own, or from tokenizer_config.json, where older models have them."""
    own = folder.path / "chat_template.jinja"
    if own.is_file():
        others = (folder.path / "additional_chat_templates").glob("*.jinja")
        return {file.stem: _read(file) for file in others} | {"default": _read(own)}
    found = folder.tokenizer_config.get("chat_template")
    if isinstance(found, list):
        return {one["name"]: one["template"] for one in found}
    return {"default": found} if found else {}


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
