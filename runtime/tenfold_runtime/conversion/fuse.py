"""Graph fusion: attention, layer norm and GELU as one node each, by ONNX Runtime's own optimizer.

What is added before a layer norm or a GELU stays a node of its own: `network.SLOWER` says why.
"""

import logging
from pathlib import Path
from typing import Any

from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

# Architectures whose attention the optimizer's BERT patterns know.
_BERT_LIKE = {
    "albert", "bert", "camembert", "deberta", "distilbert", "electra", "mpnet", "roberta", "xlm-roberta",
}  # fmt: skip


def fuse(graph: Path, fused: Path, config: Any) -> bool:
    """Write the fused graph; give False, and write nothing, where there is nothing to fuse."""
    logging.getLogger("onnxruntime.transformers").setLevel(logging.ERROR)
    if config.model_type not in _BERT_LIKE:
        return False
    result = optimizer.optimize_model(
        str(graph),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        optimization_options=_options(),
    )
    if not any(result.get_fused_operator_statistics().values()):
        return False
    result.save_model_to_file(str(fused), use_external_data_format=False)
    return True


def _options() -> FusionOptions:
    chosen = FusionOptions("bert")
    chosen.enable_skip_layer_norm = chosen.enable_bias_skip_layer_norm = False
    chosen.enable_embed_layer_norm = chosen.enable_bias_gelu = False
    return chosen
