"""Models that answer questions about tables, small enough to make within a test."""

import json
from pathlib import Path

import torch
import transformers

import tiny_models

AGGREGATORS = {0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"}


def tapas(folder: Path, *, aggregates: bool = True, seed: int = 0) -> Path:
    """Write a TAPAS of two layers, which answers with cells and with what is to be made of them."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True)
    words = ["[EMPTY]", *sorted(tiny_models.tokenizer().get_vocab())]  # whose own order varies
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = transformers.TapasTokenizer(str(folder / "vocab.txt"), model_max_length=128)
    labels = {"num_aggregation_labels": 4, "aggregation_labels": AGGREGATORS} if aggregates else {}
    config = transformers.TapasConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=128, initializer_range=0.4,
        type_vocab_sizes=[3, 16, 16, 2, 16, 16, 10], no_aggregation_label_index=0, **labels,
    )  # fmt: skip
    transformers.TapasForQuestionAnswering(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tapex(folder: Path, seed: int = 0) -> Path:
    """Write a TAPEX, which is a BART that writes its answer."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True)
    alphabet = transformers.models.bart.tokenization_bart.bytes_to_unicode().values()
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *alphabet, *(f"Ġ{letter}" for letter in alphabet)]
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.TapexTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    config = transformers.BartConfig(
        vocab_size=len(words), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=256,
        init_std=0.4, forced_eos_token_id=None,
    )  # fmt: skip
    model = transformers.BartForConditionalGeneration(config).eval()
    model.generation_config.max_length = 12
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
