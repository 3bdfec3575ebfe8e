"""Vision models small enough to make within a test, and images to show them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image, ImageFilter

LABELS = dict(enumerate(["cat", "dog", "bird", "tree", "house", "boat", "road"]))
_LABELLED = {"id2label": LABELS, "label2id": {name: index for index, name in LABELS.items()}}


def vit() -> tuple[Any, Any]:
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        image_size=48, patch_size=16, initializer_range=0.4, **_LABELLED,
    )  # fmt: skip
    processor = transformers.ViTImageProcessor(size={"height": 48, "width": 48})
    return transformers.ViTForImageClassification(config), processor


def resnet() -> tuple[Any, Any]:
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", **_LABELLED
    )
    processor = transformers.ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=0.875)
    return transformers.ResNetForImageClassification(config), processor


def dinov2() -> tuple[Any, Any]:
    config = transformers.Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, mlp_ratio=2, image_size=56,
        patch_size=14, initializer_range=0.4, **_LABELLED,
    )  # fmt: skip
    processor = transformers.BitImageProcessor(
        size={"shortest_edge": 64}, crop_size={"height": 56, "width": 56}
    )
    return transformers.Dinov2ForImageClassification(config), processor


def yolos() -> tuple[Any, Any]:
    config = transformers.YolosConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        image_size=[64, 96], num_detection_tokens=12, initializer_range=0.4, **_LABELLED,
    )  # fmt: skip
    processor = transformers.YolosImageProcessor(size={"shortest_edge": 70, "longest_edge": 120})
    return transformers.YolosForObjectDetection(config), processor


def detr() -> tuple[Any, Any]:
    backbone = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", out_features=["stage2"]
    )
    config = transformers.DetrConfig(
        backbone_config=backbone, backbone=None, use_timm_backbone=False, use_pretrained_backbone=False,
        d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=32, decoder_ffn_dim=32, num_queries=12,
        init_std=0.4, **_LABELLED,
    )  # fmt: skip
    processor = transformers.DetrImageProcessor(size={"shortest_edge": 70, "longest_edge": 120})
    return transformers.DetrForObjectDetection(config), processor


def segformer() -> tuple[Any, Any]:
    config = transformers.SegformerConfig(
        hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16, initializer_range=0.4, **_LABELLED,
    )  # fmt: skip
    processor = transformers.SegformerImageProcessor(size={"height": 96, "width": 128})
    return transformers.SegformerForSemanticSegmentation(config), processor


def dpt() -> tuple[Any, Any]:
    config = transformers.DPTConfig(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64, image_size=64,
        patch_size=16, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8, initializer_range=0.2,
    )  # fmt: skip
    processor = transformers.DPTImageProcessor(size={"height": 64, "width": 64})
    model = transformers.DPTForDepthEstimation(config)
    torch.nn.init.constant_(model.head.head[-2].bias, 20.0)  # else most depths are cut off at 0
    return model, processor


def focalnet() -> tuple[Any, Any]:
    """An architecture that the exporter does not know."""
    config = transformers.FocalNetConfig(
        image_size=32, embed_dim=8, hidden_sizes=[8, 16], depths=[1, 1], focal_levels=[1, 1],
        focal_windows=[3, 3], **_LABELLED,
    )  # fmt: skip
    return transformers.FocalNetForImageClassification(config), transformers.BitImageProcessor()


def glpn() -> tuple[Any, Any]:
    """Tells depth, with an image processor that the faster way does not know."""
    config = transformers.GLPNConfig(
        hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16, initializer_range=0.4,
    )  # fmt: skip
    return transformers.GLPNForDepthEstimation(config), transformers.GLPNImageProcessor()


def maskformer() -> tuple[Any, Any]:
    """Tells things one by one, everything at once, and kinds of things."""
    sees = transformers.SwinConfig(
        image_size=64, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=4,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    writes = transformers.DetrConfig(
        d_model=32, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16, num_queries=6,
        use_timm_backbone=False, backbone=None, use_pretrained_backbone=False, backbone_config=sees,
    )  # fmt: skip
    config = transformers.MaskFormerConfig(
        backbone_config=sees, decoder_config=writes, fpn_feature_size=32, mask_feature_size=32, **_LABELLED
    )
    processor = transformers.MaskFormerImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    return transformers.MaskFormerForInstanceSegmentation(config), processor


def timm() -> tuple[Any, Any]:
    """A network of timm, as transformers wraps it."""
    import timm as library

    network = library.create_model("test_vit", pretrained=False, num_classes=len(LABELS))
    settings = {**network.pretrained_cfg, "label_names": list(LABELS.values())}
    config = transformers.TimmWrapperConfig.from_dict(
        {"architecture": "test_vit", "pretrained_cfg": settings, "num_classes": len(LABELS), **_LABELLED}
    )
    model = transformers.TimmWrapperForImageClassification(config)
    return model, transformers.TimmWrapperImageProcessor(settings)


MODELS: dict[str, Callable[[], tuple[Any, Any]]] = {
    model.__name__: model
    for model in (
        vit, resnet, dinov2, yolos, detr, segformer, dpt, focalnet, glpn, maskformer, timm,
    )
}  # fmt: skip


def make(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a vision model as save_pretrained would."""
    torch.manual_seed(seed)
    model, processor = MODELS[name]()
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def picture(width: int = 97, height: int = 61, seed: int = 0) -> Image.Image:
    """An image with large and small features, of a size that no model takes as it is."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    fine, coarse = Image.fromarray(noise), Image.fromarray(noise).filter(ImageFilter.GaussianBlur(9))
    stretched = Image.eval(coarse, lambda value: max(0, min(255, (value - 128) * 8 + 128)))
    return Image.blend(stretched, fine, 0.2)


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The image as a file."""
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()
