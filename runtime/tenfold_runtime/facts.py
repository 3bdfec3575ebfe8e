"""What serving must know of a model besides its graph: labels, limits, pooling, special tokens."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.folder import ModelFolder

# transformers writes this where a tokenizer has no limit of its own
_NO_LIMIT = 10**12


class Pooling(StrEnum):
    """How token vectors become one vector, as sentence-transformers names it."""

    MEAN = "mean"
    CLS = "cls"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Facts:
    """Read from config.json, tokenizer_config.json and sentence-transformers' own files."""

    labels: tuple[str, ...] = ()
    problem_type: str | None = None
    max_tokens: int | None = None
    """Most tokens the model takes, special tokens included."""
    pooling: Pooling | None = None
    """Set for a sentence-transformers model only."""
    normalize: bool = False
    prompts: dict[str, str] = field(default_factory=dict)
    """Prompts of a sentence-transformers model, by name."""
    special_tokens: dict[str, str] = field(default_factory=dict)
    """`mask_token`, `cls_token`, `unk_token`, `pad_token` … where the tokenizer has them."""
    ranks_by_logits: bool = False
    """Whether a cross-encoder's configuration asks for its outputs as they are, not for probabilities."""
    clean_up_spaces: bool = False
    """Whether the tokenizer tidies the spaces before punctuation when it decodes."""

    @property
    def entailment(self) -> int:
        """Index of the label that says a hypothesis follows; the last one where none is named so."""
        names = [index for index, label in enumerate(self.labels) if label.lower().startswith("entail")]
        return names[0] if names else -1

    def token(self, name: str) -> str | None:
        return self.special_tokens.get(name)


def read(folder: ModelFolder) -> Facts:
    """Read the facts of a model from its files."""
    pooling = _pooling(folder)
    return Facts(
        labels=_labels(folder.config),
        problem_type=folder.config.get("problem_type"),
        max_tokens=_max_tokens(folder, sentence_transformer=pooling is not None),
        pooling=pooling,
        normalize=_normalizes(folder),
        prompts=dict((folder.json("config_sentence_transformers.json") or {}).get("prompts") or {}),
        special_tokens=_special_tokens(folder.tokenizer_config),
        ranks_by_logits=_ranks_by_logits(folder.config),
        clean_up_spaces=bool(folder.tokenizer_config.get("clean_up_tokenization_spaces", False)),
    )


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    named: dict[str, str] = config.get("id2label") or {}
    count = len(named) or int(config.get("num_labels", 2))
    return tuple(named.get(str(index), f"LABEL_{index}") for index in range(count))


def _ranks_by_logits(config: dict[str, Any]) -> bool:
    """Read what sentence-transformers writes, and what its older versions wrote."""
    own: dict[str, Any] = config.get("sentence_transformers") or {}
    function = own.get("activation_fn") or config.get("sbert_ce_default_activation_function") or ""
    return str(function).endswith("Identity")


def _special_tokens(tokenizer_config: dict[str, Any]) -> dict[str, str]:
    found = {name: value for name, value in tokenizer_config.items() if name.endswith("_token") and value}
    return {
        name: value["content"] if isinstance(value, dict) else value
        for name, value in found.items()
        if isinstance(value, str | dict)
    }


def _max_tokens(folder: ModelFolder, *, sentence_transformer: bool) -> int | None:
    limits = [folder.tokenizer_config.get("model_max_length"), _positions(folder.config)]
    if sentence_transformer:
        limits.append((folder.json("sentence_bert_config.json") or {}).get("max_seq_length"))
    return min((int(limit) for limit in limits if limit and limit < _NO_LIMIT), default=None)


def _positions(config: dict[str, Any]) -> int | None:
    """Positions of the network. RoBERTa's family counts from the padding index on, and loses those before."""
    positions = config.get("max_position_embeddings")
    if positions and config.get("model_type") in {
        "roberta",
        "xlm-roberta",
        "camembert",
        "mpnet",
        "longformer",
    }:
        return int(positions) - int(config.get("pad_token_id", 1)) - 1
    return positions


def _modules(folder: ModelFolder) -> list[dict[str, Any]]:
    return list((folder.json("modules.json") or {}).get("items", []))


def _pooling(folder: ModelFolder) -> Pooling | None:
    for module in _modules(folder):
        if module["type"].endswith(".Pooling"):
            config = folder.json(f"{module['path']}/config.json") or {}
            return _pooling_mode(config)
    return None


def _pooling_mode(config: dict[str, Any]) -> Pooling:
    """Read the mode from either way of writing it: `pooling_mode`, or a flag for each mode."""
    named = config.get("pooling_mode")
    on = (
        [named]
        if named
        else [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    )
    modes = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
        "pooling_mode_max_tokens": "max",
    }
    try:
        (mode,) = on
        return Pooling(modes.get(mode, mode))
    except ValueError as error:
        raise CannotLoad(
            422, "PoolingUnknown", f"pooling {on or 'none'} is not supported: one of {', '.join(Pooling)} is"
        ) from error


def _normalizes(folder: ModelFolder) -> bool:
    return any(module["type"].endswith(".Normalize") for module in _modules(folder))
