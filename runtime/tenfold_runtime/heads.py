"""The head that each task needs, as transformers and its exporter name it."""

from typing import TypeAlias

from tenfold_api.tasks import Task

# The class, and the exporter's name of the task.
Head: TypeAlias = tuple[str, str | None]

HEADS: dict[Task, Head] = {
    Task.FEATURE_EXTRACTION: ("AutoModel", "feature-extraction"),
    Task.SENTENCE_SIMILARITY: ("AutoModel", "feature-extraction"),
    Task.TEXT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.ZERO_SHOT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.TEXT_RANKING: ("AutoModelForSequenceClassification", "text-classification"),
    Task.TOKEN_CLASSIFICATION: ("AutoModelForTokenClassification", "token-classification"),
    Task.FILL_MASK: ("AutoModelForMaskedLM", "fill-mask"),
    Task.QUESTION_ANSWERING: ("AutoModelForQuestionAnswering", "question-answering"),
    Task.TABLE_QUESTION_ANSWERING: ("AutoModelForTableQuestionAnswering", None),
    Task.SUMMARIZATION: ("AutoModelForSeq2SeqLM", "text2text-generation-with-past"),
    Task.TRANSLATION: ("AutoModelForSeq2SeqLM", "text2text-generation-with-past"),
    Task.TEXT2TEXT_GENERATION: ("AutoModelForSeq2SeqLM", "text2text-generation-with-past"),
    Task.CONVERSATIONAL: ("AutoModelForSeq2SeqLM", "text2text-generation-with-past"),
    Task.TEXT_GENERATION: ("AutoModelForCausalLM", "text-generation"),
    Task.IMAGE_CLASSIFICATION: ("AutoModelForImageClassification", "image-classification"),
    Task.OBJECT_DETECTION: ("AutoModelForObjectDetection", "object-detection"),
    Task.IMAGE_SEGMENTATION: ("AutoModelForSemanticSegmentation", "semantic-segmentation"),
    Task.REINFORCEMENT_LEARNING: ("DecisionTransformerModel", "reinforcement-learning"),
    Task.DEPTH_ESTIMATION: ("AutoModelForDepthEstimation", "depth-estimation"),
    Task.ZERO_SHOT_IMAGE_CLASSIFICATION: (
        "AutoModelForZeroShotImageClassification",
        "zero-shot-image-classification",
    ),
    Task.ZERO_SHOT_OBJECT_DETECTION: ("AutoModelForZeroShotObjectDetection", None),
    Task.IMAGE_TO_TEXT: ("AutoModelForVision2Seq", "image-to-text-with-past"),
    Task.VISUAL_QUESTION_ANSWERING: ("AutoModelForVisualQuestionAnswering", None),
    Task.DOCUMENT_QUESTION_ANSWERING: ("AutoModelForDocumentQuestionAnswering", None),
    Task.IMAGE_TO_IMAGE: ("AutoModelForImageToImage", None),
    Task.AUTOMATIC_SPEECH_RECOGNITION: (
        "AutoModelForSpeechSeq2Seq",
        "automatic-speech-recognition-with-past",
    ),
    Task.AUDIO_CLASSIFICATION: ("AutoModelForAudioClassification", "audio-classification"),
    Task.TEXT_TO_SPEECH: ("AutoModelForTextToWaveform", None),
    Task.TEXT_TO_AUDIO: ("AutoModelForTextToWaveform", None),
    Task.AUDIO_TO_AUDIO: ("SpeechT5ForSpeechToSpeech", None),
}
"""The class that loads the model, and what optimum's exporter calls its task; None where it has no export."""

_BY_ARCHITECTURE: dict[str, dict[Task, Head]] = {
    "ForCTC": {
        Task.AUTOMATIC_SPEECH_RECOGNITION: ("AutoModelForCTC", "automatic-speech-recognition"),
    },
    "BartForConditionalGeneration": {
        Task.TABLE_QUESTION_ANSWERING: ("AutoModelForSeq2SeqLM", None),
    },
    "VisionEncoderDecoderModel": {
        Task.DOCUMENT_QUESTION_ANSWERING: ("AutoModelForVision2Seq", None),
    },
    "DetrForSegmentation": {
        Task.IMAGE_SEGMENTATION: ("AutoModelForImageSegmentation", None),
    },
    "ForInstanceSegmentation": {
        Task.IMAGE_SEGMENTATION: ("AutoModelForInstanceSegmentation", None),
    },
    "ForUniversalSegmentation": {
        Task.IMAGE_SEGMENTATION: ("AutoModelForUniversalSegmentation", None),
    },
    "ForTextToSpeech": {
        Task.TEXT_TO_SPEECH: ("AutoModelForTextToSpectrogram", None),
        Task.TEXT_TO_AUDIO: ("AutoModelForTextToSpectrogram", None),
    },
}
"""Architectures, by how their names end, that answer a task with another head."""


def head_of(task: Task, architecture: str) -> Head | None:
    """Give the head that a task needs with a model's architecture; None where there is none."""
    for ending, heads in _BY_ARCHITECTURE.items():
        if architecture.endswith(ending) and task in heads:
            return heads[task]
    return HEADS.get(task)
