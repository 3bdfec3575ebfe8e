"""Models that hear or speak, small enough to make within a test: real architectures, random weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import pre_tokenizers

LABELS = dict(enumerate(["yes", "no", "up", "down", "left", "right"]))
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
_LABELLED = {"id2label": LABELS, "label2id": {name: index for index, name in LABELS.items()}}
_OF_WHISPER = (
    "startoftranscript", "en", "fr", "translate", "transcribe", "startoflm", "startofprev", "nospeech",
    "notimestamps",
)  # fmt: skip
_SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
_WAVES = {
    **_SMALL, "conv_dim": [16] * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4,
    "initializer_range": 0.4,
}  # fmt: skip


def wav2vec2(folder: Path) -> None:
    """A CTC model that writes letters."""
    tokenizer = _letters(folder)
    config = transformers.Wav2Vec2Config(vocab_size=len(tokenizer), pad_token_id=0, **_WAVES)
    _save(folder, transformers.Wav2Vec2ForCTC(config), transformers.Wav2Vec2FeatureExtractor(), tokenizer)


def whisper(folder: Path, seconds: int = 30) -> None:
    """A Whisper that hears windows of half a minute, and knows two languages and two tasks."""
    tokenizer = _whisper_tokenizer(folder, seconds)
    ids = tokenizer.convert_tokens_to_ids
    end = ids("<|endoftext|>")
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=20,
        max_source_positions=50 * seconds, max_target_positions=64, init_std=0.4,
        pad_token_id=end, bos_token_id=end, eos_token_id=end,
        decoder_start_token_id=ids("<|startoftranscript|>"),
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config = transformers.GenerationConfig(
        pad_token_id=end, bos_token_id=end, eos_token_id=end,
        decoder_start_token_id=config.decoder_start_token_id, max_length=24,
        no_timestamps_token_id=ids("<|notimestamps|>"), prev_sot_token_id=ids("<|startofprev|>"),
        lang_to_id={f"<|{name}|>": ids(f"<|{name}|>") for name in ("en", "fr")}, is_multilingual=True,
        task_to_id={name: ids(f"<|{name}|>") for name in ("translate", "transcribe")},
        max_initial_timestamp_index=25, alignment_heads=[[0, 1], [1, 2]], return_timestamps=False,
    )  # fmt: skip
    extractor = transformers.WhisperFeatureExtractor(feature_size=20, chunk_length=seconds)
    _save(folder, model, extractor, tokenizer)


def keywords(folder: Path) -> None:
    config = transformers.Wav2Vec2Config(**_WAVES, **_LABELLED)
    model = transformers.Wav2Vec2ForSequenceClassification(config)
    _save(folder, model, transformers.Wav2Vec2FeatureExtractor())


def spectrograms(folder: Path) -> None:
    """An AST: a classifier that looks at the first second's spectrogram."""
    config = transformers.ASTConfig(
        **_SMALL, max_length=96, num_mel_bins=32, initializer_range=0.4, **_LABELLED
    )
    extractor = transformers.ASTFeatureExtractor(max_length=96, num_mel_bins=32)
    _save(folder, transformers.ASTForAudioClassification(config), extractor)


def vits(folder: Path) -> None:
    """A VITS whose speech has no noise in it: the same for the same text."""
    tokenizer = _vits_tokenizer(folder)
    config = transformers.VitsConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        flow_size=16, spectrogram_bins=9, use_stochastic_duration_prediction=False,
        prior_encoder_num_flows=1, prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1, depth_separable_num_layers=1,
        duration_predictor_filter_channels=16, wavenet_kernel_size=3, upsample_initial_channel=16,
        upsample_rates=[8, 8], upsample_kernel_sizes=[16, 16], resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1]], noise_scale=0.0, speaking_rate=0.1,
    )  # fmt: skip
    _save(folder, transformers.VitsModel(config), tokenizer)


def _letters(folder: Path) -> Any:
    names = ["<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS]
    return transformers.Wav2Vec2CTCTokenizer(_vocabulary(folder, names))


def _vits_tokenizer(folder: Path) -> Any:
    names = ["<pad>", " ", *LETTERS, ",", "."]
    return transformers.VitsTokenizer(
        _vocabulary(folder, names), pad_token="<pad>", unk_token="<pad>", phonemize=False, language="en"
    )


def _whisper_tokenizer(folder: Path, seconds: int) -> Any:
    """Single bytes, and Whisper's own tokens with a timestamp for every 0.02 s."""
    vocabulary = _vocabulary(folder, sorted(pre_tokenizers.ByteLevel.alphabet()))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    times = [f"<|{0.02 * step:.2f}|>" for step in range(50 * seconds + 1)]
    tokenizer = transformers.WhisperTokenizer(
        vocabulary, str(folder / "merges.txt"), unk_token="<|endoftext|>", bos_token="<|endoftext|>",
        eos_token="<|endoftext|>", pad_token="<|endoftext|>",
        additional_special_tokens=["<|endoftext|>", *(f"<|{name}|>" for name in _OF_WHISPER)],
    )  # fmt: skip
    tokenizer.add_tokens(times)
    return tokenizer


def _vocabulary(folder: Path, names: list[str]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "vocab.json"
    place.write_text(json.dumps({name: index for index, name in enumerate(names)}))
    return str(place)


def _save(folder: Path, model: Any, *processors: Any) -> None:
    for part in (model.eval(), *processors):
        part.save_pretrained(folder)


MODELS: dict[str, Callable[[Path], None]] = {
    model.__name__: model for model in (wav2vec2, whisper, keywords, spectrograms, vits)
}


def make(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a model as save_pretrained would."""
    torch.manual_seed(seed)
    MODELS[name](folder)
    return folder
