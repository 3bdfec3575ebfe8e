"""Models that hear or speak, small enough to make within a test: real architectures, random weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

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
        resblock_dilation_sizes=[[1]], noise_scale=0.0, speaking_rate=0.5,
    )  # fmt: skip
    _save(folder, transformers.VitsModel(config), tokenizer)


def speecht5(folder: Path) -> None:
    """A SpeechT5 that speaks, with its vocoder beside it."""
    tokenizer = _characters()
    model = transformers.SpeechT5ForTextToSpeech(_speecht5(len(tokenizer)))
    torch.nn.init.constant_(model.speech_decoder_postnet.prob_out.bias, -9.0)  # else it stops at once
    _save(folder, model, tokenizer)
    _hifigan(folder / "vocoder")


def converter(folder: Path) -> None:
    """A SpeechT5 that says in another voice what it hears."""
    model = transformers.SpeechT5ForSpeechToSpeech(_speecht5(10))
    _save(folder, model, transformers.SpeechT5FeatureExtractor(num_mel_bins=8))
    _hifigan(folder / "vocoder")


def musicgen(folder: Path) -> None:
    """A MusicGen, which writes sounds as tokens."""
    tokenizer = _characters()
    text = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    sound = transformers.EncodecConfig(
        num_filters=4, hidden_size=8, codebook_size=16, codebook_dim=8, upsampling_ratios=[8, 5, 4, 2],
        num_lstm_layers=1, sampling_rate=16_000, target_bandwidths=[0.4],
    )  # fmt: skip
    decoder = transformers.MusicgenDecoderConfig(
        vocab_size=16, hidden_size=16, ffn_dim=16, num_hidden_layers=1, num_attention_heads=2,
        num_codebooks=2, pad_token_id=16, bos_token_id=16, max_position_embeddings=512,
        initializer_factor=0.4,
    )  # fmt: skip
    config = transformers.MusicgenConfig.from_sub_models_config(text, sound, decoder)
    model = transformers.MusicgenForConditionalGeneration(config)
    model.generation_config = transformers.GenerationConfig(
        max_length=24, do_sample=False, guidance_scale=1.0, pad_token_id=16, decoder_start_token_id=16,
        bos_token_id=16,
    )  # fmt: skip
    _save(folder, model, tokenizer)


def _speecht5(vocabulary: int) -> Any:
    return transformers.SpeechT5Config(
        **_SMALL, vocab_size=vocabulary, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=8,
        speaker_embedding_dim=4, reduction_factor=10, speech_decoder_prenet_units=16,
        speech_decoder_prenet_dropout=0.0,
        speech_decoder_postnet_units=16, speech_decoder_postnet_layers=1, conv_dim=[16] * 7,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4, initializer_range=0.4,
    )  # fmt: skip


def _hifigan(folder: Path) -> None:
    config = transformers.SpeechT5HifiGanConfig(
        model_in_dim=8, upsample_initial_channel=16, upsample_rates=[8, 8], upsample_kernel_sizes=[16, 16],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]], initializer_range=0.3,
    )  # fmt: skip
    _save(folder, transformers.SpeechT5HifiGan(config))


def _characters() -> Any:
    """A tokenizer with a token for each letter."""
    names = ["<pad>", "</s>", "<unk>", " ", ".", *LETTERS]
    vocabulary = {name: index for index, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        model_max_length=100, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


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
    model.__name__: model
    for model in (wav2vec2, whisper, keywords, spectrograms, vits, speecht5, converter, musicgen)
}


def make(folder: Path, name: str, seed: int = 0) -> Path:
    """Write a model as save_pretrained would."""
    torch.manual_seed(seed)
    MODELS[name](folder)
    return folder
