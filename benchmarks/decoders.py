"""A decoder to measure: GPT-2 as it was published in all but its weights, which are random."""

from pathlib import Path

SIZE = 50257


def gpt2(folder: Path) -> Path:
    """Make GPT-2 (124M parameters) that never ends a text by itself, and a tokenizer of its size."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        config = GPT2Config(eos_token_id=None, bos_token_id=None)
        GPT2LMHeadModel(config).eval().save_pretrained(folder)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer(), model_max_length=1024).save_pretrained(folder)
    return folder


def tokenizer():  # type: ignore[no-untyped-def] # noqa: ANN201 - tokenizers has no types
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    made = Tokenizer(models.BPE(vocab=vocabulary(), merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


def vocabulary() -> dict[str, int]:
    """Every byte, then words of letters. A prompt is a token a byte: there are no merges."""
    from tokenizers import pre_tokenizers

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"\u0120{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in letters[:4]]
    spelled = sorted(pre_tokenizers.ByteLevel.alphabet()) + words
    return {word: index for index, word in enumerate(spelled[:SIZE])}


def prompts(count: int, shortest: int, longest: int) -> list[str]:
    """Make prompts of as many tokens as asked."""
    text = "the river was higher than it had been in ten years and nobody could say when it would fall "
    span = longest - shortest + 1
    return [text[index:][: shortest + index % span] for index in range(count)]
