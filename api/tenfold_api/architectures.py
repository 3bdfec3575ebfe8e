"""What a model does, told by the name of its architecture."""

from tenfold_api.progress import Failure
from tenfold_api.tasks import Task

# By how the architecture's name ends; the first that fits.
_TASK_OF_HEAD = {
    "TapasForQuestionAnswering": Task.TABLE_QUESTION_ANSWERING,
    "MarianMTModel": Task.TRANSLATION,
    "M2M100ForConditionalGeneration": Task.TRANSLATION,
    "MBartForConditionalGeneration": Task.TRANSLATION,
    "PegasusForConditionalGeneration": Task.SUMMARIZATION,
    "T5ForConditionalGeneration": Task.TEXT2TEXT_GENERATION,
    "BartForConditionalGeneration": Task.TEXT2TEXT_GENERATION,
    "CLIPModel": Task.ZERO_SHOT_IMAGE_CLASSIFICATION,
    "SiglipModel": Task.ZERO_SHOT_IMAGE_CLASSIFICATION,
    "Siglip2Model": Task.ZERO_SHOT_IMAGE_CLASSIFICATION,
    "AlignModel": Task.ZERO_SHOT_IMAGE_CLASSIFICATION,
    "OwlViTForObjectDetection": Task.ZERO_SHOT_OBJECT_DETECTION,
    "Owlv2ForObjectDetection": Task.ZERO_SHOT_OBJECT_DETECTION,
    "GroundingDinoForObjectDetection": Task.ZERO_SHOT_OBJECT_DETECTION,
    "VisionEncoderDecoderModel": Task.IMAGE_TO_TEXT,
    "BlipForConditionalGeneration": Task.IMAGE_TO_TEXT,
    "ViltForQuestionAnswering": Task.VISUAL_QUESTION_ANSWERING,
    "BlipForQuestionAnswering": Task.VISUAL_QUESTION_ANSWERING,
    "LayoutLMForQuestionAnswering": Task.DOCUMENT_QUESTION_ANSWERING,
    "LayoutLMv2ForQuestionAnswering": Task.DOCUMENT_QUESTION_ANSWERING,
    "LayoutLMv3ForQuestionAnswering": Task.DOCUMENT_QUESTION_ANSWERING,
    "ForImageSuperResolution": Task.IMAGE_TO_IMAGE,
    "DetrForSegmentation": Task.IMAGE_SEGMENTATION,
    "ForInstanceSegmentation": Task.IMAGE_SEGMENTATION,
    "ForUniversalSegmentation": Task.IMAGE_SEGMENTATION,
    "BlenderbotForConditionalGeneration": Task.CONVERSATIONAL,
    "BlenderbotSmallForConditionalGeneration": Task.CONVERSATIONAL,
    "ForSequenceClassification": Task.TEXT_CLASSIFICATION,
    "ForTokenClassification": Task.TOKEN_CLASSIFICATION,
    "ForMaskedLM": Task.FILL_MASK,
    "ForQuestionAnswering": Task.QUESTION_ANSWERING,
    "ForCausalLM": Task.TEXT_GENERATION,
    "LMHeadModel": Task.TEXT_GENERATION,
    "ForImageClassification": Task.IMAGE_CLASSIFICATION,
    "ForImageClassificationWithTeacher": Task.IMAGE_CLASSIFICATION,
    "ForObjectDetection": Task.OBJECT_DETECTION,
    "ForSemanticSegmentation": Task.IMAGE_SEGMENTATION,
    "ForDepthEstimation": Task.DEPTH_ESTIMATION,
    "ForCTC": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "ForSpeechSeq2Seq": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "ForSpeechToText": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "WhisperForConditionalGeneration": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "Speech2TextForConditionalGeneration": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "MoonshineForConditionalGeneration": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "SpeechEncoderDecoderModel": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "ForAudioClassification": Task.AUDIO_CLASSIFICATION,
    "VitsModel": Task.TEXT_TO_SPEECH,
    "BarkModel": Task.TEXT_TO_SPEECH,
    "ForTextToSpeech": Task.TEXT_TO_SPEECH,
    "MusicgenForConditionalGeneration": Task.TEXT_TO_AUDIO,
    "ForSpeechToSpeech": Task.AUDIO_TO_AUDIO,
    "DecisionTransformerModel": Task.REINFORCEMENT_LEARNING,
    "Model": Task.FEATURE_EXTRACTION,
}


def task_of(architecture: str) -> Task | None:
    """Give the task of an architecture, as transformers names it; None where the name tells none."""
    return next((task for head, task in _TASK_OF_HEAD.items() if architecture.endswith(head)), None)


def task_unknown(architecture: str) -> Failure:
    """Say that only a person can tell the task."""
    message = f"cannot tell the task from architecture {architecture or 'none'}: set spec.task to one of "
    return Failure(status=422, reason="TaskUnknown", message=message + ", ".join(Task))
