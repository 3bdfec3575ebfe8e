"""The languages that a model translates, and how it is told which are meant."""

from typing import Any

from tenfold_runtime.errors import InvalidInput

_TRANSLATION = "translation_"
_SHOWN = 20  # languages named in a message


class Languages:
    """One model's languages.

    M2M100, NLLB and mBART take both as tokens, multilingual Marian models the target as a word before the
    text, T5 both as a sentence before it. Other models know one pair.
    """

    def __init__(self, pipeline: Any) -> None:
        """Read the languages; what the pipeline puts before each text is from now on put there here."""
        tokenizer = pipeline.tokenizer
        self._many = _codes(tokenizer) if hasattr(tokenizer, "_build_translation_inputs") else ()
        self._marks = tuple(getattr(tokenizer, "supported_language_codes", ()))
        self._by_sentence = sentences(getattr(pipeline.model.config, "task_specific_params", None))
        if self._by_sentence:  # the pipeline has taken the sentence of the first pair for itself
            next(iter(self._by_sentence.values()))["prefix"] = pipeline.prefix or ""
            pipeline.prefix = None
        self._pair = tuple(getattr(tokenizer, name, None) for name in ("source_lang", "target_lang"))

    def example(self) -> dict[str, Any]:
        """Give the parameters of an example that name languages."""
        return {"src_lang": self._many[0], "tgt_lang": self._many[-1]} if self._many else {}

    def prepared(self, text: str, source: str | None, target: str | None) -> tuple[str, dict[str, Any]]:
        """Give the text as the model reads it, and arguments of the pipeline; raises InvalidInput."""
        if self._many:
            return text, self._as_tokens(source, target)
        if self._by_sentence:
            return self._as_sentence(text, source, target)
        if source is None or target is None:
            return text, {}
        if self._marks:
            return f"{_known('tgt_lang', f'>>{target}<<', self._marks)} {text}", {}
        self._check_pair(source, target)
        return text, {}

    def _as_tokens(self, source: str | None, target: str | None) -> dict[str, Any]:
        if source is None or target is None:
            problem = f"this model translates many languages: name one; known are {_some(self._many)}"
            raise InvalidInput("parameters.src_lang", problem)
        known = {"src_lang": source, "tgt_lang": target}
        return {name: _known(name, code, self._many) for name, code in known.items()}

    def _as_sentence(self, text: str, source: str | None, target: str | None) -> tuple[str, dict[str, Any]]:
        """Put the sentence for a pair before the text; for the model's first pair by default."""
        pairs = tuple(self._by_sentence)
        name = pairs[0] if source is None else f"{_TRANSLATION}{source}_to_{target}"
        if name not in pairs:
            shown = _some(tuple(pair.removeprefix(_TRANSLATION) for pair in pairs))
            raise InvalidInput("parameters.tgt_lang", f"this model translates {shown}")
        arguments = {
            "max_new_tokens": None,
            **self._by_sentence[name],
        }  # their max_length counts
        return arguments.pop("prefix", "") + text, arguments

    def _check_pair(self, source: str, target: str) -> None:
        """Refuse languages other than the model's, where it tells them."""
        if all(self._pair) and (source, target) != self._pair:
            raise InvalidInput(
                "parameters.tgt_lang", f"this model translates {self._pair[0]} to {self._pair[1]}"
            )


def sentences(task_specific_params: Any) -> dict[str, dict[str, Any]]:
    """Give those of a configuration's tasks that translate, as `translation_en_to_de`, in their order."""
    found = task_specific_params or {}
    return {name: arguments for name, arguments in found.items() if name.startswith(_TRANSLATION)}


def _codes(tokenizer: Any) -> tuple[str, ...]:
    by_code = getattr(tokenizer, "lang_code_to_token", None) or getattr(tokenizer, "lang_code_to_id", None)
    return tuple(by_code or tokenizer.additional_special_tokens)


def _known(name: str, code: str, known: tuple[str, ...]) -> str:
    if code not in known:
        raise InvalidInput(f"parameters.{name}", f"this model has no language {code}; it has {_some(known)}")
    return code


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
