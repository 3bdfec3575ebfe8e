"""A tiny model for every task that the clients have a method for."""

from collections.abc import Callable
from pathlib import Path

import tiny_audio
import tiny_decoders
import tiny_diffusion
import tiny_images
import tiny_models
import tiny_multimodal
import tiny_seq2seq
import tiny_tables
import tiny_tabular
from tenfold_api.tasks import Task

ENTAILMENT = ["contradiction", "neutral", "entailment"]


def _bert(architecture: str, **options: list[str]) -> Callable[[Path], object]:
    return lambda folder: tiny_models.make(folder, architecture, **options)


MODELS: dict[Task, Callable[[Path], object]] = {
    Task.FEATURE_EXTRACTION: _bert("BertModel"),
    Task.SENTENCE_SIMILARITY: _bert("BertModel"),
    Task.TEXT_CLASSIFICATION: _bert("BertForSequenceClassification"),
    Task.ZERO_SHOT_CLASSIFICATION: _bert("BertForSequenceClassification", labels=ENTAILMENT),
    Task.TOKEN_CLASSIFICATION: _bert("BertForTokenClassification"),
    Task.FILL_MASK: _bert("BertForMaskedLM"),
    Task.QUESTION_ANSWERING: _bert("BertForQuestionAnswering"),
    Task.TABLE_QUESTION_ANSWERING: tiny_tables.tapas,
    Task.SUMMARIZATION: tiny_seq2seq.bart,
    Task.TRANSLATION: tiny_seq2seq.marian,
    Task.TEXT_GENERATION: lambda folder: tiny_decoders.make(folder, "llama"),
    Task.IMAGE_CLASSIFICATION: lambda folder: tiny_images.make(folder, "vit"),
    Task.OBJECT_DETECTION: lambda folder: tiny_images.make(folder, "yolos"),
    Task.IMAGE_SEGMENTATION: lambda folder: tiny_images.make(folder, "segformer"),
    Task.ZERO_SHOT_IMAGE_CLASSIFICATION: lambda folder: tiny_multimodal.make(folder, "clip"),
    Task.IMAGE_TO_TEXT: lambda folder: tiny_multimodal.make(folder, "captioner"),
    Task.VISUAL_QUESTION_ANSWERING: lambda folder: tiny_multimodal.make(folder, "vilt"),
    Task.DOCUMENT_QUESTION_ANSWERING: lambda folder: tiny_multimodal.make(folder, "reader"),
    Task.TEXT_TO_IMAGE: tiny_diffusion.stable_diffusion,
    Task.IMAGE_TO_IMAGE: tiny_diffusion.stable_diffusion,
    Task.AUTOMATIC_SPEECH_RECOGNITION: lambda folder: tiny_audio.make(folder, "wav2vec2"),
    Task.AUDIO_CLASSIFICATION: lambda folder: tiny_audio.make(folder, "keywords"),
    Task.TEXT_TO_SPEECH: lambda folder: tiny_audio.make(folder, "vits"),
    Task.AUDIO_TO_AUDIO: lambda folder: tiny_audio.make(folder, "converter"),
    Task.TABULAR_CLASSIFICATION: lambda folder: tiny_tabular.save(
        folder, tiny_tabular.classifier()[0], "tabular-classification"
    ),
    Task.TABULAR_REGRESSION: lambda folder: tiny_tabular.save(
        folder, tiny_tabular.regressor()[0], "tabular-regression"
    ),
}
