"""Tasks that write a text from a text, beside transformers' own pipelines on the same weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from huggingface_hub.inference._generated import types

import tiny_seq2seq
from served import Served, serve
from tenfold_api.spec import Engine
from tenfold_runtime.errors import RequestError, TooSlow

TEXT = "The tower is 324 metres tall, about the height of a building with many floors."
LANGUAGES = {"src_lang": "en", "tgt_lang": "fr"}
LONG = "a long story " * 100

Told = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a tiny model by its name."""
    root, made = tmp_path_factory.mktemp("models"), {}

    def by(name: str) -> Path:
        if name not in made:
            made[name] = getattr(tiny_seq2seq, name)(root / name)
        return made[name]

    return by


@pytest.fixture(scope="module")
def served(folder: Callable[[str], Path], cache: Path) -> Callable[..., Served]:
    loaded: dict[tuple[str, ...], Served] = {}

    def by(name: str, task: str, engine: str = "auto") -> Served:
        key = name, task, engine
        if key not in loaded:
            loaded[key] = serve(folder(name), cache, task=task, engine=engine)
        return loaded[key]

    return by


@pytest.fixture(scope="module")
def transformers_says(folder: Callable[[str], Path]) -> Told:
    def says(name: str, task: str, text: str, **arguments: Any) -> Any:
        return transformers.pipeline(task, str(folder(name)), device="cpu")(text, **arguments)

    return says


@pytest.fixture
def summarization(served: Callable[..., Served]) -> Served:
    return served("bart", "summarization")


@pytest.mark.parametrize("engine", ["auto", "transformers"])
@pytest.mark.parametrize(
    ("name", "task", "parameters"),
    [
        ("bart", "summarization", {}),
        ("bart", "summarization", {"min_length": 8, "num_beams": 2, "no_repeat_ngram_size": 2}),
        ("t5", "summarization", {}),
        ("t5", "text2text-generation", {"num_beams": 3, "num_return_sequences": 2}),
        ("marian", "translation", {}),
        ("m2m100", "translation", LANGUAGES),
        ("mbart", "translation", {"src_lang": "en_XX", "tgt_lang": "ro_RO"}),
    ],
)
def test_answers_are_those_of_transformers(
    name: str, task: str, parameters: Any, engine: str, served: Callable[..., Served], transformers_says: Told
) -> None:
    answer = served(name, task, engine).ask({"inputs": TEXT, "parameters": parameters})

    assert answer == transformers_says(name, task, TEXT, **parameters)


@pytest.mark.parametrize("name", ["bart", "t5", "marian", "m2m100"])
def test_auto_takes_onnx_runtime_where_the_model_exports(name: str, served: Callable[..., Served]) -> None:
    task = "translation" if name in {"marian", "m2m100"} else "summarization"

    assert served(name, task).loaded.manifest.engine is Engine.ONNX


@pytest.mark.parametrize(
    ("name", "task", "kind"),
    [
        ("bart", "summarization", types.SummarizationOutput),
        ("t5", "text2text-generation", types.Text2TextGenerationOutput),
        ("marian", "translation", types.TranslationOutput),
    ],
)
def test_an_answer_has_the_fields_that_clients_read(
    name: str, task: str, kind: Any, served: Callable[..., Served]
) -> None:
    (read,) = kind.parse_obj_as_list(served(name, task).ask({"inputs": TEXT}))

    assert all(isinstance(value, str) for value in vars(read).values() if value is not None)


def test_a_list_is_answered_with_a_summary_for_each_text(summarization: Served) -> None:
    answers = summarization.ask({"inputs": [TEXT, "Short."]})

    assert answers == [*summarization.ask({"inputs": TEXT}), *summarization.ask({"inputs": "Short."})]


def test_arguments_may_stand_under_generate_parameters(summarization: Served) -> None:
    nested = summarization.ask({"inputs": TEXT, "parameters": {"generate_parameters": {"max_new_tokens": 3}}})

    assert nested == summarization.ask({"inputs": TEXT, "parameters": {"max_new_tokens": 3}})


def test_max_length_counts_though_the_pipeline_has_a_default_of_new_tokens(
    summarization: Served, folder: Callable[[str], Path]
) -> None:
    answer = summarization.ask({"inputs": TEXT, "parameters": {"max_length": 5, "num_beams": 1}})

    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder("bart"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder("bart"))
    ids = tokenizer(TEXT, return_tensors="pt").input_ids
    written = model.generate(ids, max_length=5, num_beams=1)
    assert answer[0]["summary_text"] == tokenizer.decode(written[0], skip_special_tokens=True)


def test_drawing_with_a_seed_can_be_repeated(summarization: Served) -> None:
    body = {"inputs": TEXT, "parameters": {"temperature": 5.0, "seed": 7}}

    drawn = summarization.ask(body)

    assert drawn == summarization.ask(body)
    assert drawn != summarization.ask({"inputs": TEXT})


def test_temperature_zero_takes_the_likeliest(summarization: Served) -> None:
    body = {"inputs": TEXT, "parameters": {"temperature": 0}}

    assert summarization.ask(body) == summarization.ask({"inputs": TEXT})


def test_a_text_that_is_too_long_is_cut_when_asked_for(
    summarization: Served, transformers_says: Told
) -> None:
    body = {"inputs": LONG, "parameters": {"truncation": "only_first"}}

    assert summarization.ask(body) == transformers_says("bart", "summarization", LONG, truncation=True)


def test_a_text_is_no_longer_than_the_spec_allows(folder: Callable[[str], Path], cache: Path) -> None:
    short = serve(folder("bart"), cache, task="summarization", limits={"maxInputTokens": 5, "maxInputs": 2})

    with pytest.raises(RequestError, match="this model takes at most 5"):
        short.ask({"inputs": TEXT})
    with pytest.raises(RequestError, match="`inputs`: 3 texts; at most 2 are accepted"):
        short.ask({"inputs": ["a", "b", "c"]})


def test_generating_ends_when_nobody_waits_any_more(folder: Callable[[str], Path], cache: Path) -> None:
    hurried = serve(folder("bart"), cache, task="summarization", limits={"timeout": "300ms"})
    body = {"inputs": [TEXT] * 500, "parameters": {"max_length": 100}}

    with pytest.raises(TooSlow):
        hurried.ask(body)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_length": 501}, "`parameters.max_length`: input should be less than or equal to 500"),
        ({"max_length": 400}, "`parameters.max_length`: this model writes at most 128 tokens"),
        ({"min_length": 9, "max_length": 4}, "`min_length` is 9, which is more than `max_length`, 4"),
        ({"temperature": -1}, "`parameters.temperature`: input should be greater than or equal to 0"),
        ({"temperature": 1e-40}, "with these values no token has a probability"),
        ({"num_beams": 2, "num_return_sequences": 3}, "`parameters`: `num_return_sequences`"),
        ({"generate_parameters": {"num_beams": 99}}, "`parameters.generate_parameters.num_beams`"),
        ({"truncation": "only_second"}, "`parameters.truncation`: there is no second text"),
        ({"custom_generate": "someone/code"}, "are not used by the model: ['custom_generate']"),
        ({"src_lang": "en"}, "are not used by the model: ['src_lang']"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(parameters: Any, said: str, summarization: Served) -> None:
    with pytest.raises(RequestError) as refused:
        summarization.ask({"inputs": TEXT, "parameters": parameters})

    assert refused.value.status == 400
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": LONG}, "tokens; this model takes at most 128: shorten the text"),
        ({"inputs": []}, "`inputs`: the list is empty"),
        ({"inputs": [1]}, "`inputs`: must be a string or a list of strings"),
        ({}, "`inputs`: field required"),
    ],
)
def test_inputs_that_cannot_be_used_are_refused(body: Any, said: str, summarization: Served) -> None:
    with pytest.raises(RequestError) as refused:
        summarization.ask(body)

    assert refused.value.status == 400
    assert said in str(refused.value)


def test_t5_is_told_the_languages_in_words(served: Callable[..., Served], transformers_says: Told) -> None:
    told = served("t5", "translation").ask(
        {"inputs": TEXT, "parameters": {"src_lang": "en", "tgt_lang": "fr"}}
    )

    assert told == transformers_says("t5", "translation_en_to_fr", TEXT)


def test_t5_translates_its_first_pair_by_default(
    served: Callable[..., Served], transformers_says: Told
) -> None:
    told = served("t5", "translation").ask({"inputs": TEXT})

    assert told == transformers_says("t5", "translation_en_to_de", TEXT)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("m2m100", {}, "`parameters.src_lang`: this model translates many languages"),
        ("m2m100", {"src_lang": "en"}, "give both `src_lang` and `tgt_lang`, or none of them"),
        (
            "m2m100",
            {"src_lang": "en", "tgt_lang": "xx"},
            "this model has no language xx",
        ),
        ("mbart", {"src_lang": "en_XX", "tgt_lang": "fr"}, "no language fr; it has ar_AR"),
        ("marian", {"src_lang": "en", "tgt_lang": "fr"}, "this model translates en to de"),
        ("t5", {"src_lang": "de", "tgt_lang": "fr"}, "this model translates en_to_de, en_to_fr"),
    ],
)
def test_languages_that_the_model_does_not_know_are_refused(
    name: str, parameters: Any, said: str, served: Callable[..., Served]
) -> None:
    with pytest.raises(RequestError) as refused:
        served(name, "translation").ask({"inputs": TEXT, "parameters": parameters})

    assert refused.value.status == 400
    assert said in str(refused.value)


def test_nllb_names_languages_in_its_own_way(served: Callable[..., Served], transformers_says: Told) -> None:
    languages = {"src_lang": "eng_Latn", "tgt_lang": "fra_Latn"}
    nllb = served("nllb", "translation", "transformers")

    assert nllb.ask({"inputs": TEXT, "parameters": languages}) == transformers_says(
        "nllb", "translation", TEXT, **languages
    )
    with pytest.raises(RequestError, match="this model has no language fr; it has ace_Arab"):
        nllb.ask({"inputs": TEXT, "parameters": {**languages, "tgt_lang": "fr"}})


def test_a_model_of_one_pair_may_be_told_its_languages(served: Callable[..., Served]) -> None:
    marian = served("marian", "translation")
    body = {"inputs": TEXT, "parameters": {"src_lang": "en", "tgt_lang": "de"}}

    assert marian.ask(body) == marian.ask({"inputs": TEXT})


@pytest.mark.parametrize(
    ("name", "task"), [("t5", "text2text-generation"), ("marian", "translation"), ("m2m100", "translation")]
)
def test_the_task_is_told_from_the_architecture(
    name: str, task: str, folder: Callable[[str], Path], cache: Path
) -> None:
    assert serve(folder(name), cache).loaded.manifest.task == task


def test_smaller_weights_serve_where_their_texts_stay_near(
    folder: Callable[[str], Path], cache: Path
) -> None:
    anything = {"quantization": "int8", "maxDrift": 1.0}
    served = serve(folder("bart"), cache, task="summarization", optimization=anything)

    manifest = served.loaded.manifest
    assert {candidate.block for candidate in manifest.candidates} == {None, 32}
    assert all(0 < candidate.drift < 0.6 for candidate in manifest.candidates)
    assert manifest.form == ("int8" if any(one.serves for one in manifest.candidates) else "none")
    assert served.ask({"inputs": TEXT})[0]["summary_text"]


def test_the_exact_weights_serve_where_no_drift_is_allowed(
    folder: Callable[[str], Path], cache: Path, served: Callable[..., Served]
) -> None:
    exact = {"quantization": "int8", "maxDrift": 0.0}
    strict = serve(folder("bart"), cache, task="summarization", optimization=exact)

    assert strict.loaded.manifest.form == "none"
    assert strict.ask({"inputs": TEXT}) == served("bart", "summarization").ask({"inputs": TEXT})


def test_an_artifact_holds_a_decoder_once(served: Callable[..., Served], cache: Path) -> None:
    manifest = served("bart", "summarization").loaded.manifest

    graphs = {name for name in manifest.files if name.endswith(".onnx")}
    assert graphs == {"encoder_model.onnx", "decoder_model_merged.onnx"}
