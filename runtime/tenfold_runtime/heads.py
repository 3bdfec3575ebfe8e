"""The head that each task needs, as transformers and its exporter name it."""

from tenfold_api.tasks import Task

HEADS = {
    Task.FEATURE_EXTRACTION: ("AutoModel", "feature-extraction"),
    Task.SENTENCE_SIMILARITY: ("AutoModel", "feature-extraction"),
    Task.TEXT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.ZERO_SHOT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.TOKEN_CLASSIFICATION: ("AutoModelForTokenClassification", "token-classification"),
    Task.FILL_MASK: ("AutoModelForMaskedLM", "fill-mask"),
    Task.QUESTION_ANSWERING: ("AutoModelForQuestionAnswering", "question-answering"),
    Task.SUMMARIZATION: ("AutoModelForSeq2SeqLM", "text2text-generation-with-past"),
    Task.TEXT_GENERATION: ("AutoModelForCausalLM", "text-generation"),
    Task.IMAGE_CLASSIFICATION: ("AutoModelForImageClassification", "image-classification"),
    Task.OBJECT_DETECTION: ("AutoModelForObjectDetection", "object-detection"),
    Task.IMAGE_SEGMENTATION: ("AutoModelForSemanticSegmentation", "semantic-segmentation"),
    Task.REINFORCEMENT_LEARNING: ("DecisionTransformerModel", "reinforcement-learning"),
    Task.DEPTH_ESTIMATION: ("AutoModelForDepthEstimation", "depth-estimation"),
}
"""The class that loads the model, and what optimum's exporter calls its task."""
