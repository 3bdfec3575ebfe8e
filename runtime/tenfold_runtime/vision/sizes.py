"""The size that an image is resized to, as each of transformers' image processors computes it."""

from collections.abc import Callable
from typing import Any, TypeAlias

# (height, width) in pixels
Size: TypeAlias = tuple[int, int]
Sizer: TypeAlias = Callable[[Size, dict[str, Any]], Size]


def plain(given: Size, config: dict[str, Any]) -> Size:
    """An exact size, or the shortest edge with the proportions kept."""
    size = config["size"]
    if "height" in size:
        return int(size["height"]), int(size["width"])
    return shortest_edge(given, int(size["shortest_edge"]))


def shortest_edge(given: Size, edge: int) -> Size:
    """Make the shortest edge so long and keep the proportions; the other edge is rounded down."""
    height, width = given
    if width <= height:
        return int(edge * height / width), edge
    return edge, int(edge * width / height)


def convnext(given: Size, config: dict[str, Any]) -> Size:
    """Larger than the network's input by `crop_pct`, to be cropped; from 384 pixels on, exactly its size."""
    edge = int(config["size"]["shortest_edge"])
    return (edge, edge) if edge >= 384 else shortest_edge(given, int(edge / config["crop_pct"]))


def levit(given: Size, config: dict[str, Any]) -> Size:
    """As plain, but a shortest edge is enlarged by 256 / 224, to be cropped."""
    size = config["size"]
    if "shortest_edge" not in size:
        return plain(given, config)
    return shortest_edge(given, int((256 / 224) * size["shortest_edge"]))


def detr(given: Size, config: dict[str, Any]) -> Size:
    """Make the shortest edge so long, but less where the longest edge would exceed its limit."""
    size = config["size"]
    if "shortest_edge" not in size or "longest_edge" not in size:
        return plain(given, config)
    height, width = given
    edge, longest = float(size["shortest_edge"]), size["longest_edge"]
    ratio = max(given) / min(given)
    if ratio * edge > longest:
        edge = longest * min(given) / max(given)
    short = round(edge)
    if min(given) == short:
        return given
    return (int(edge * height / width), short) if width < height else (short, int(edge * width / height))


def yolos(given: Size, config: dict[str, Any]) -> Size:
    """As DETR, rounded down to multiples of 16."""
    height, width = detr(given, config)
    if "shortest_edge" not in config["size"]:
        return height, width
    return height - height % 16, width - width % 16


def dpt(given: Size, config: dict[str, Any]) -> Size:
    """An exact size, or as near to it as the proportions allow; in multiples of what the network cuts."""
    wanted = int(config["size"]["height"]), int(config["size"]["width"])
    scales = [wanted[axis] / given[axis] for axis in (0, 1)]
    if config.get("keep_aspect_ratio"):
        fit = 1 if abs(1 - scales[1]) < abs(1 - scales[0]) else 0
        scales = [scales[fit]] * 2
    step = int(config.get("ensure_multiple_of", 1))
    height, width = (round(scale * edge / step) * step for scale, edge in zip(scales, given, strict=True))
    return height, width


SIZERS: dict[str, Sizer] = {
    "BeitImageProcessor": plain,
    "BitImageProcessor": plain,
    "CLIPImageProcessor": plain,
    "ConvNextImageProcessor": convnext,
    "DeiTImageProcessor": plain,
    "DPTImageProcessor": dpt,
    "DetrImageProcessor": detr,
    "LevitImageProcessor": levit,
    "MobileNetV1ImageProcessor": plain,
    "MobileNetV2ImageProcessor": plain,
    "MobileViTImageProcessor": plain,
    "PvtImageProcessor": plain,
    "SegformerImageProcessor": plain,
    "SiglipImageProcessor": plain,
    "ViTImageProcessor": plain,
    "YolosImageProcessor": yolos,
}
"""By `image_processor_type` in preprocessor_config.json. Whoever is not here is refused, not guessed at."""
