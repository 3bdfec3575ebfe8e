"""Graph fusion: attention, layer norm and GELU as one node each, by ONNX Runtime's own optimizer."""

import logging
from pathlib import Path
from typing import Any

from onnxruntime.transformers import optimizer

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
    )
    if not any(result.get_fused_operator_statistics().values()):
        return False
    result.save_model_to_file(str(fused), use_external_data_format=False)
    return True
