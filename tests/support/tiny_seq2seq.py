"""Encoders with decoders, small enough to make within a test."""

import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import tiny_models
from tenfold_runtime.conversion.calibration import SENTENCES

_PIECES = ["<s>", "<pad>", "</s>", "<unk>"]
_MOST_TOKENS = 24


def bart(folder: Path, seed: int = 0, positions: int = 128) -> Path:
    """Write a BART that reads and writes at most so many tokens."""
    tokenizer = tiny_models.tokenizer()
    tokenizer.model_max_length = positions
    shape = {**_bart_like(tokenizer), "max_position_embeddings": positions}
    config = transformers.BartConfig(**shape, init_std=0.4)  # wide, so that answers differ
    return _written(folder, transformers.BartForConditionalGeneration, config, tokenizer, seed)


def t5(folder: Path, seed: int = 0) -> Path:
    """Write a T5, which is told by a sentence what to do."""
    tokenizer = tiny_models.tokenizer()
    config = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
        initializer_factor=2.0, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.sep_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        task_specific_params={
            "summarization": {"prefix": "summarize: ", "max_length": 12, "num_beams": 2},
            "translation_en_to_de": {"prefix": "to German: ", "max_length": 9, "num_beams": 2},
            "translation_en_to_fr": {"prefix": "to French: ", "max_length": 8, "num_beams": 2},
        },
    )  # fmt: skip
    return _written(folder, transformers.T5ForConditionalGeneration, config, tokenizer, seed)


def marian(folder: Path, seed: int = 0) -> Path:
    """Write a Marian model of one pair of languages."""
    source, vocabulary = _sentencepieces(folder)
    tokenizer = transformers.MarianTokenizer(source, source, vocabulary, source_lang="en", target_lang="de")
    config = transformers.MarianConfig(**_bart_like(tokenizer), init_std=1.0)
    return _written(folder, transformers.MarianMTModel, config, tokenizer, seed)


def m2m100(folder: Path, seed: int = 0) -> Path:
    """Write an M2M100, which translates many languages."""
    source, vocabulary = _sentencepieces(folder)
    tokenizer = transformers.M2M100Tokenizer(vocabulary, source)
    config = transformers.M2M100Config(**{**_bart_like(tokenizer), "vocab_size": 512}, init_std=1.0)
    return _written(folder, transformers.M2M100ForConditionalGeneration, config, tokenizer, seed)


def blenderbot(folder: Path, seed: int = 0) -> Path:
    """Write a BlenderBot, which converses."""
    tokenizer = tiny_models.tokenizer()
    config = transformers.BlenderbotConfig(**_bart_like(tokenizer), init_std=0.4)
    return _written(folder, transformers.BlenderbotForConditionalGeneration, config, tokenizer, seed)


def _bart_like(tokenizer: Any) -> dict[str, Any]:
    ends = tokenizer.sep_token_id or tokenizer.eos_token_id
    return {
        "vocab_size": len(tokenizer), "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
        "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64, "max_position_embeddings": 128, "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.cls_token_id or ends, "eos_token_id": ends,
        "decoder_start_token_id": ends, "forced_eos_token_id": None,
    }  # fmt: skip


def _written(folder: Path, architecture: Any, config: Any, tokenizer: Any, seed: int) -> Path:
    torch.manual_seed(seed)
    model = architecture(config).eval()
    model.generation_config.max_length = _MOST_TOKENS
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _sentencepieces(folder: Path) -> tuple[str, str]:
    """Train pieces, and write them and their vocabulary; give both paths."""
    folder.mkdir(parents=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_prefix=str(folder / "pieces"), vocab_size=200,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))
    learned = [pieces.id_to_piece(index) for index in range(pieces.get_piece_size())]
    words = dict.fromkeys([*_PIECES, *learned])
    vocabulary = folder / "vocabulary.json"
    vocabulary.write_text(json.dumps({word: index for index, word in enumerate(words)}))
    return str(folder / "pieces.model"), str(vocabulary)


def nllb(folder: Path, seed: int = 0) -> Path:
    """Write an NLLB, which names languages as `eng_Latn`."""
    tokenizer = transformers.NllbTokenizerFast(tokenizer_file=_tokenizer_file(folder))
    config = transformers.M2M100Config(**{**_bart_like(tokenizer), "vocab_size": 1024}, init_std=1.0)
    return _written(folder, transformers.M2M100ForConditionalGeneration, config, tokenizer, seed)


def mbart(folder: Path, seed: int = 0) -> Path:
    """Write an mBART, which names languages as `en_XX`."""
    tokenizer = transformers.MBartTokenizerFast(tokenizer_file=_tokenizer_file(folder))
    config = transformers.MBartConfig(**{**_bart_like(tokenizer), "vocab_size": 1024}, init_std=1.0)
    return _written(folder, transformers.MBartForConditionalGeneration, config, tokenizer, seed)


def _tokenizer_file(folder: Path) -> str:
    """Train a tokenizer whose first tokens are those of fairseq, and write it beside the model."""
    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=_PIECES, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.save(str(folder / "trained.json"))
    return str(folder / "trained.json")
