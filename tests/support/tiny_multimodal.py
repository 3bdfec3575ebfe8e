"""Models of images and texts together, small enough to make within a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

import tiny_diffusion
import tiny_models

ANSWERS = dict(enumerate(["yes", "no", "red", "blue"]))
_ANSWERED = {"id2label": ANSWERS, "label2id": {name: index for index, name in ANSWERS.items()}}
_SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
_SEES = {**_SMALL, "image_size": 32, "patch_size": 16}
_WIDE = {"initializer_range": 0.4}


def clip(folder: Path) -> tuple[Any, ...]:
    tokenizer = tiny_diffusion.tokenizer(folder)
    reads = {
        **_SMALL,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 77,
        "eos_token_id": len(tokenizer) - 1,
    }
    config = transformers.CLIPConfig(text_config=reads, vision_config=_SEES, projection_dim=16)
    processor = transformers.CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    return transformers.CLIPModel(config), tokenizer, processor


def owlvit(folder: Path) -> tuple[Any, ...]:
    tokenizer = tiny_diffusion.tokenizer(folder)
    reads = {**_SMALL, "vocab_size": len(tokenizer), "max_position_embeddings": 77}
    config = transformers.OwlViTConfig(text_config=reads, vision_config=_SEES, projection_dim=32)
    processor = transformers.OwlViTImageProcessor(
        size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}
    )
    return transformers.OwlViTForObjectDetection(config), tokenizer, processor


def _vit_writer(folder: Path, tokenizer: Any) -> Any:
    """A ViT whose decoder is a GPT-2."""
    sees = transformers.ViTConfig(**_SEES, **_WIDE)
    writes = transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=512,
        add_cross_attention=True,
        **_WIDE,
    )
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(sees, writes)
    config.decoder_start_token_id = config.pad_token_id = tokenizer.pad_token_id
    config.eos_token_id = tokenizer.sep_token_id
    return transformers.VisionEncoderDecoderModel(config)


def captioner(folder: Path) -> tuple[Any, ...]:
    tokenizer = tiny_models.tokenizer()
    model = _vit_writer(folder, tokenizer)
    model.generation_config.max_new_tokens = 12
    return model, tokenizer, transformers.ViTImageProcessor(size={"height": 32, "width": 32})


def reader(folder: Path) -> tuple[Any, ...]:
    """A Donut: reads a page by itself, and writes the answer between marks."""
    tokenizer = tiny_models.tokenizer()
    tokenizer.add_special_tokens({"eos_token": "[SEP]"})
    tokenizer.add_tokens(["<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>"])
    sees = transformers.DonutSwinConfig(
        image_size=[64, 64], embed_dim=8, depths=[1, 1], num_heads=[2, 2], window_size=4, patch_size=4
    )
    writes = transformers.MBartConfig(
        vocab_size=len(tokenizer), d_model=16, decoder_layers=1, decoder_attention_heads=2,
        decoder_ffn_dim=32,
        max_position_embeddings=512, add_cross_attention=True, is_decoder=True,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.sep_token_id,
    )  # fmt: skip
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(sees, writes)
    config.decoder_start_token_id = config.pad_token_id = tokenizer.pad_token_id
    model = transformers.VisionEncoderDecoderModel(config)
    processor = transformers.DonutImageProcessor(size={"height": 64, "width": 64})
    return model, tokenizer, processor


def blip(folder: Path) -> tuple[Any, ...]:
    """An architecture that the exporter does not know."""
    tokenizer = tiny_models.tokenizer()
    reads = {
        **_SMALL, "vocab_size": len(tokenizer), "max_position_embeddings": 64, "encoder_hidden_size": 32,
        "bos_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id,
        "eos_token_id": tokenizer.sep_token_id, "pad_token_id": tokenizer.pad_token_id, **_WIDE,
    }  # fmt: skip
    config = transformers.BlipConfig(text_config=reads, vision_config=_SEES, projection_dim=16)
    processor = transformers.BlipImageProcessor(size={"height": 32, "width": 32})
    return transformers.BlipForConditionalGeneration(config), tokenizer, processor


def vilt(folder: Path) -> tuple[Any, ...]:
    tokenizer = tiny_models.tokenizer()
    config = transformers.ViltConfig(
        **_SEES, vocab_size=len(tokenizer), max_position_embeddings=64, **_WIDE, **_ANSWERED
    )
    processor = transformers.ViltImageProcessor(size={"shortest_edge": 32}, size_divisor=16)
    return transformers.ViltForQuestionAnswering(config), tokenizer, processor


def layoutlm(folder: Path) -> tuple[Any, ...]:
    tokenizer = tiny_models.tokenizer()
    config = transformers.LayoutLMConfig(
        **_SMALL, vocab_size=len(tokenizer), max_position_embeddings=128, **_WIDE
    )
    return transformers.LayoutLMForQuestionAnswering(config), tokenizer


def swin2sr(folder: Path) -> tuple[Any, ...]:
    config = transformers.Swin2SRConfig(
        image_size=32, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4, upscale=2,
        num_channels=3, upsampler="pixelshuffledirect", initializer_range=0.02,
    )  # fmt: skip
    return transformers.Swin2SRForImageSuperResolution(config), transformers.Swin2SRImageProcessor(pad_size=8)


MODELS: dict[str, Callable[[Path], tuple[Any, ...]]] = {
    model.__name__: model for model in (clip, owlvit, captioner, reader, blip, vilt, layoutlm, swin2sr)
}


def make(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a model and its processors as save_pretrained would."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    model, *processors = MODELS[name](folder)
    model.eval().save_pretrained(folder)
    for processor in processors:
        processor.save_pretrained(folder)
    return folder
