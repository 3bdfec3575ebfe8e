"""translation: a text in another language."""

from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.spec import Limits
from tenfold_api.tasks import Task
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.pipelines.languages import Languages, sentences
from tenfold_runtime.pipelines.sequence_to_sequence import (
    SequenceToSequence,
    TextToTextParameters,
    TextToTextRequest,
)


class TranslationParameters(TextToTextParameters):
    src_lang: str | None = Field(None, min_length=1, max_length=100)
    """The text's language, as the model names it."""
    tgt_lang: str | None = Field(None, min_length=1, max_length=100)
    """The language to translate to, as the model names it."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.src_lang is None) != (self.tgt_lang is None):
            raise PydanticCustomError("languages", "give both `src_lang` and `tgt_lang`, or none of them")
        return self


class TranslationRequest(TextToTextRequest):
    parameters: TranslationParameters = TranslationParameters()


class Translation(SequenceToSequence[TranslationRequest]):
    task = Task.TRANSLATION
    request = TranslationRequest
    example = "My name is Sarah and I live in London."

    def __init__(self, pipeline: Any, limits: Limits) -> None:
        super().__init__(pipeline, limits)
        self._languages = Languages(pipeline)

    @classmethod
    def named(cls, folder: ModelFolder) -> str:
        return next(iter(sentences(folder.config.get("task_specific_params"))), cls.task.value)

    def example_body(self) -> dict[str, Any]:
        body = super().example_body()
        return {**body, "parameters": {**body["parameters"], **self._languages.example()}}

    def prepared(self, text: str, request: TranslationRequest) -> tuple[str, dict[str, Any]]:
        asked = request.parameters
        return self._languages.prepared(text, asked.src_lang, asked.tgt_lang)
