"""Decoders to measure: as they were published in all but their weights, which are random."""

from pathlib import Path
from typing import Any


def gpt2(folder: Path) -> Path:
    """Make GPT-2 (124M parameters) that never ends a text by itself, and a tokenizer of its size."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        config = GPT2Config(eos_token_id=None, bos_token_id=None)
        save(GPT2LMHeadModel(config), folder)
    return folder


def smollm2(folder: Path) -> Path:
    """Make SmolLM2-135M, a Llama with grouped-query attention and one table for both ends of the network."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192, rms_norm_eps=1e-5,
        rope_theta=100000.0, tie_word_embeddings=True, eos_token_id=0, bos_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    save(LlamaForCausalLM(config), folder)
    return folder


def tinyllama(folder: Path) -> Path:
    """Make TinyLlama-1.1B in bfloat16, with grouped-query attention, and a tokenizer of its size."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=32000, hidden_size=2048, intermediate_size=5632, num_hidden_layers=22,
        num_attention_heads=32, num_key_value_heads=4, max_position_embeddings=2048, rms_norm_eps=1e-5,
        eos_token_id=None, bos_token_id=None,
    )  # fmt: skip
    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        save(LlamaForCausalLM._from_config(config, dtype=torch.bfloat16), folder)
    return folder


def save(model: Any, folder: Path) -> None:
    """Write a model, and a tokenizer of its size."""
    from transformers import PreTrainedTokenizerFast

    model.eval().save_pretrained(folder)
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(model.config.vocab_size),
        model_max_length=model.config.max_position_embeddings,
        model_input_names=["input_ids", "attention_mask"],  # a Llama's generate takes no token types
    )
    made.save_pretrained(folder)


def tokenizer(size: int):  # type: ignore[no-untyped-def] # noqa: ANN201 - tokenizers has no types
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    made = Tokenizer(models.BPE(vocab=vocabulary(size), merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


def vocabulary(size: int) -> dict[str, int]:
    """Every byte, then words of letters. A prompt is a token a byte: there are no merges."""
    from tokenizers import pre_tokenizers

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"\u0120{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in letters[:4]]
    spelled = sorted(pre_tokenizers.ByteLevel.alphabet()) + words
    return {word: index for index, word in enumerate(spelled[:size])}


def prompts(count: int, shortest: int, longest: int) -> list[str]:
    """Make prompts of as many tokens as asked."""
    text = "the river was higher than it had been in ten years and nobody could say when it would fall "
    span = longest - shortest + 1
    return [text[index:][: shortest + index % span] for index in range(count)]
