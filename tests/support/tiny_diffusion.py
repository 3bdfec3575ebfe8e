"""Pipelines that draw, small enough to make within a test."""

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from transformers.models.clip.tokenization_clip import bytes_to_unicode


def tokenizer(folder: Path) -> transformers.CLIPTokenizer:
    """A tokenizer that knows single bytes."""
    letters = list(bytes_to_unicode().values())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
    )


def stable_diffusion(folder: Path, seed: int = 0, size: int = 32, blocks: int = 2, **parts: Any) -> Path:
    """Write a Stable Diffusion pipeline that draws 64 × 64 pixels, without a safety checker.

    size: of the latent square; each of its sides is doubled by every block but one.
    """
    torch.manual_seed(seed)
    words = tokenizer(folder / "tokenizer")
    pipeline = diffusers.StableDiffusionPipeline(
        unet=_unet(size),
        vae=_vae(blocks),
        text_encoder=_text_encoder(len(words)),
        tokenizer=words,
        scheduler=diffusers.DDIMScheduler(clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        **{"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False, **parts},
    )
    pipeline.save_pretrained(folder)
    return folder


def _unet(size: int) -> Any:
    return diffusers.UNet2DConditionModel(
        block_out_channels=(4, 8), layers_per_block=1, sample_size=size, in_channels=4, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32, norm_num_groups=2,
    )  # fmt: skip


def _vae(blocks: int) -> Any:
    channels = [4, *[8] * (blocks - 1)]
    return diffusers.AutoencoderKL(
        block_out_channels=channels, in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=2,
        down_block_types=["DownEncoderBlock2D"] * blocks, up_block_types=["UpDecoderBlock2D"] * blocks,
    )  # fmt: skip


def _text_encoder(words: int) -> Any:
    config = transformers.CLIPTextConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=words,
        initializer_range=0.4,
    )  # fmt: skip
    return transformers.CLIPTextModel(config)
