"""Encoders with decoders, small enough to make within a test."""

from pathlib import Path

import torch
import transformers

import tiny_models


def bart(folder: Path, seed: int = 0) -> Path:
    """Write a BART of two layers, whose texts have at most 20 tokens."""
    torch.manual_seed(seed)
    tokenizer = tiny_models.tokenizer()
    config = transformers.BartConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=512,
        init_std=0.4,  # wide, so that answers differ from each other
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        decoder_start_token_id=tokenizer.sep_token_id,
        forced_eos_token_id=None,
    )
    model = transformers.BartForConditionalGeneration(config).eval()
    model.generation_config.max_new_tokens = 20
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
