"""Decoders small enough to make within a test: real architectures, random weights, their own tokenizer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from tenfold_runtime.conversion.calibration import SENTENCES

CHAT = """{{ bos_token }}{% for message in messages %}
<|{{ message['role'] }}|>{{ message['content'] }}
{% endfor %}
{% if add_generation_prompt %}
<|assistant|>
{% endif %}"""

_SHARED = {"initializer_range": 0.4, "bos_token_id": 0, "eos_token_id": 1}  # wide, so that texts vary


def gpt2(vocabulary: int) -> Any:
    config = transformers.GPT2Config(
        vocab_size=vocabulary, n_embd=32, n_layer=2, n_head=4, n_positions=128, **_SHARED
    )
    return transformers.GPT2LMHeadModel(config)


def llama(vocabulary: int, positions: int = 128) -> Any:
    config = transformers.LlamaConfig(
        vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, intermediate_size=64, max_position_embeddings=positions,
        **_SHARED,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config)


def qwen2(vocabulary: int) -> Any:
    """Its heads are too small for an attention that turns them."""
    config = transformers.Qwen2Config(
        vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=64, max_position_embeddings=128,
        tie_word_embeddings=True, **_SHARED,
    )  # fmt: skip
    return transformers.Qwen2ForCausalLM(config)


def mamba(vocabulary: int) -> Any:
    config = transformers.MambaConfig(
        vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, state_size=8, use_mambapy=False, **_SHARED
    )
    return transformers.MambaForCausalLM(config)


def bloom(vocabulary: int) -> Any:
    config = transformers.BloomConfig(
        vocab_size=vocabulary, hidden_size=32, n_layer=2, n_head=4, **{**_SHARED, "pad_token_id": 1}
    )
    return transformers.BloomForCausalLM(config)


DECODERS: dict[str, Callable[..., Any]] = {"gpt2": gpt2, "llama": llama, "qwen2": qwen2}
ON_TORCH: dict[str, Callable[..., Any]] = {"mamba": mamba, "bloom": bloom}
"""Those whose attention, or what they have in its place, has no graph."""


def make(folder: Path, name: str, seed: int = 0, **options: int) -> Path:
    """Write a decoder of two layers, as save_pretrained would. The Llama has a chat template.

    options: what its function takes, as the `positions` of the Llama.
    """
    torch.manual_seed(seed)
    tokenizer = _tokenizer(begins=name == "llama")
    if name == "llama":
        tokenizer.chat_template = CHAT
    (DECODERS | ON_TORCH)[name](len(tokenizer), **options).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(*, begins: bool) -> transformers.PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(SENTENCES, trainer)
    if begins:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", model_max_length=128
    )
