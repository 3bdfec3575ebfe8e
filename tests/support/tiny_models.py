"""Models small enough to make within a test: real architectures, random weights, a tokenizer of their own."""

from collections.abc import Iterator
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tenfold_runtime.conversion.calibration import SENTENCES

LABELS = {
    "BertForSequenceClassification": ["NEGATIVE", "NEUTRAL", "POSITIVE"],
    "BertForTokenClassification": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def make(folder: Path, architecture: str, *, labels: list[str] | None = None, seed: int = 0) -> Path:
    """Write a BERT of two layers with the given head, as save_pretrained would."""
    torch.manual_seed(seed)
    vocabulary = tokenizer()
    names = labels or LABELS.get(architecture, ["LABEL_0", "LABEL_1"])
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.4,  # wide, so that answers differ from each other
        id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
    )
    getattr(transformers, architecture)(config).eval().save_pretrained(folder)
    vocabulary.save_pretrained(folder)
    return folder


def tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(_sentences(), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return transformers.BertTokenizerFast(tokenizer_object=tokenizer, model_max_length=128)


def _sentences() -> Iterator[str]:
    yield from SENTENCES
