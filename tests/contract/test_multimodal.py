"""Tasks on images and texts together, beside transformers' own pipelines on the same weights."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from huggingface_hub.inference._generated import types
from PIL import Image

import tiny_images
import tiny_multimodal
from same import same
from served import Served, serve
from tenfold_api.clients import Client
from tenfold_api.spec import Engine
from tenfold_runtime.errors import RequestError
from tenfold_runtime.folder import ModelFolder

IMAGE = tiny_images.picture()
PNG = tiny_images.file(IMAGE)
B64 = base64.b64encode(PNG).decode()
LABELS = {"candidate_labels": ["cat", "dog", "a day"]}
WORDS = [["hello", [0, 0, 100, 50]], ["world", [100, 0, 200, 50]], ["today", [200, 0, 300, 50]]]
ASKED = {"question": "what is it?", "image": B64}
TASKS = {
    "clip": "zero-shot-image-classification",
    "owlvit": "zero-shot-object-detection",
    "captioner": "image-to-text",
    "blip": "image-to-text",
    "vilt": "visual-question-answering",
    "layoutlm": "document-question-answering",
    "reader": "document-question-answering",
    "swin2sr": "image-to-image",
}
BODIES: dict[str, dict[str, Any]] = {
    "clip": {"inputs": B64, "parameters": LABELS},
    "owlvit": {"inputs": B64, "parameters": {**LABELS, "threshold": 0.0}},
    "captioner": {"inputs": B64},
    "blip": {"inputs": B64, "parameters": {"max_new_tokens": 8}},
    "vilt": {"inputs": ASKED},
    "layoutlm": {"inputs": ASKED, "parameters": {"word_boxes": WORDS}},
    "reader": {"inputs": ASKED},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("multimodal"), {}

    def by(name: str) -> Path:
        if name not in made:
            made[name] = tiny_multimodal.make(root / name, name)
        return made[name]

    return by


@pytest.fixture(scope="module")
def served(folder: Callable[[str], Path], cache: Path) -> Callable[..., Served]:
    loaded: dict[tuple[str, str], Served] = {}

    def by(name: str, engine: str = "auto") -> Served:
        if (name, engine) not in loaded:
            loaded[name, engine] = serve(folder(name), cache, engine=engine, task=TASKS[name])
        return loaded[name, engine]

    return by


def expected(name: str, folder: Path) -> Any:
    """Give what transformers answers to the same."""
    if name == "reader":  # whose head the pipeline does not find by itself
        model = transformers.AutoModelForVision2Seq.from_pretrained(folder)
        parts = {"tokenizer": str(folder), "image_processor": str(folder)}
        pipeline = transformers.pipeline(TASKS[name], model=model, device="cpu", **parts)
    else:
        pipeline = transformers.pipeline(TASKS[name], str(folder), device="cpu")
    match name:
        case "clip":
            return pipeline(IMAGE, **LABELS)
        case "owlvit":
            return pipeline(IMAGE, **LABELS, threshold=0.0)
        case "captioner":
            return pipeline(IMAGE)
        case "blip":
            return pipeline(IMAGE, max_new_tokens=8)
        case "vilt":
            return pipeline(image=IMAGE, question=ASKED["question"])
        case "reader":
            (told,) = pipeline(image=IMAGE, question=ASKED["question"])
            return [{"answer": told["answer"] or "", "score": 1.0, "start": 0, "end": 0}]
    return pipeline(image=IMAGE, question=ASKED["question"], word_boxes=WORDS)


@pytest.mark.parametrize(
    ("name", "engine"),
    [*((name, "auto") for name in BODIES), ("clip", "transformers"), ("captioner", "transformers")],
)
def test_answers_are_those_of_transformers(name, engine, folder, served):
    assert same(served(name, engine).ask(BODIES[name]), expected(name, folder(name)))


@pytest.mark.parametrize("name", [name for name in TASKS if name != "reader"])
def test_the_task_is_told_by_the_model_s_files(name, folder):
    assert ModelFolder(folder(name)).task() == TASKS[name]


@pytest.mark.parametrize(
    ("name", "engine"),
    [("clip", "onnx"), ("captioner", "onnx"), ("blip", "transformers"), ("vilt", "transformers")],
)
def test_what_exports_runs_on_onnx_runtime_and_the_rest_on_torch(name, engine, served):
    assert served(name).loaded.manifest.engine is Engine(engine)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("clip", types.ZeroShotImageClassificationOutputElement),
        ("owlvit", types.ZeroShotObjectDetectionOutputElement),
        ("captioner", types.ImageToTextOutput),
        ("vilt", types.VisualQuestionAnsweringOutputElement),
        ("layoutlm", types.DocumentQuestionAnsweringOutputElement),
    ],
)
def test_answers_have_the_shape_that_huggingface_hub_reads(name, shape, served):
    for one in served(name).ask(BODIES[name]):
        read = shape.parse_obj(one)
        assert all(getattr(read, name) is not None for name in one)


def test_an_enlarged_image_is_that_of_transformers_and_of_the_kind_that_is_accepted(folder, served):
    png = Client(accept="image/png")
    media = served("swin2sr").media(PNG, client=png)
    drawn = transformers.pipeline("image-to-image", str(folder("swin2sr")), device="cpu")(IMAGE)

    assert media.content_type == "image/png"
    assert Image.open(io.BytesIO(media.content)).tobytes() == drawn.tobytes()


def test_the_javascript_client_reads_a_caption_without_a_list(served):
    newest = served("captioner").ask(PNG, client=Client("@huggingface/inference", (4, 13, 14)))

    assert [newest] == served("captioner").ask(PNG)


def test_python_s_client_is_told_no_score_where_there_is_none(served):
    (told,) = served("reader").ask(BODIES["reader"], client=Client("huggingface_hub", (0, 36, 2)))

    assert set(told) == {"answer"}


@pytest.mark.parametrize(("name", "positions"), [("captioner", 512), ("blip", 64)])
@pytest.mark.parametrize("nested", [False, True])
def test_a_caption_is_no_longer_than_the_decoder_has_positions(name, positions, nested, served):
    longer = {"max_new_tokens": positions + 1}
    asked = {"generation_parameters": longer} if nested else longer

    with pytest.raises(RequestError, match=f"writes at most {positions} tokens"):
        served(name).ask({"inputs": B64, "parameters": asked})


def test_a_caption_ends_with_the_last_position(served):
    assert served("blip").ask({"inputs": B64})[0]["generated_text"]


@pytest.mark.parametrize(
    "body",
    [
        ASKED,
        {"inputs": ASKED},
        {"inputs": B64, "parameters": {}, "question": ASKED["question"], "image": B64},
        {"inputs": None, **ASKED},
    ],
    ids=["root", "inputs", "both", "null"],
)
def test_every_client_s_form_of_a_question_is_read(body, served):
    assert same(served("vilt").ask(body), served("vilt").ask({"inputs": ASKED}))


@pytest.mark.parametrize(
    "body",
    [{"inputs": {"image": B64}, "parameters": LABELS}, {"image": B64, "parameters": LABELS}],
    ids=["within inputs", "root"],
)
def test_every_client_s_form_of_an_image_with_labels_is_read(body, served):
    assert same(served("clip").ask(body), served("clip").ask(BODIES["clip"]))


HUGE = PNG[:16] + (50_000).to_bytes(4, "big") * 2 + PNG[24:]
BAD_IMAGES = {"truncated": PNG[:-200], "huge": HUGE, "no image": b"hello there", "empty": b""}


@pytest.mark.parametrize("what", BAD_IMAGES)
@pytest.mark.parametrize("name", TASKS)
def test_a_bad_image_is_refused_and_the_next_request_served(name, what, served):
    bad = base64.b64encode(BAD_IMAGES[what]).decode()
    good = BODIES.get(name, {"inputs": B64})
    body = {**good, "inputs": {**ASKED, "image": bad} if isinstance(good["inputs"], dict) else bad}

    with pytest.raises(RequestError, match="inputs"):
        served(name).ask(body)
    assert served(name).media(good, client=Client())


def test_braces_in_a_template_are_only_text(served):
    body = {"inputs": B64, "parameters": {**LABELS, "hypothesis_template": "{a} {} {"}}

    assert {each["label"] for each in served("clip").ask(body)} == set(LABELS["candidate_labels"])


BAD = {
    "no labels": (
        "clip",
        {"inputs": B64, "parameters": {"candidate_labels": []}},
        r"parameters\.candidate_labels",
    ),
    "no parameters": ("clip", {"inputs": B64}, "parameters"),
    "bytes alone": ("clip", PNG, "parameters"),
    "a template without a place": (
        "clip",
        {"inputs": B64, "parameters": {**LABELS, "hypothesis_template": "a"}},
        "hypothesis_template",
    ),
    "a label too long to look at": (
        "clip",
        {"inputs": B64, "parameters": {"candidate_labels": ["cat", "a " * 80]}},
        r"`parameters\.candidate_labels\.1`: \d+ tokens; at most 77",
    ),
    "a thing too long to look for": (
        "owlvit",
        {"inputs": B64, "parameters": {"candidate_labels": ["cat", "a " * 80]}},
        r"`parameters\.candidate_labels\.1`: \d+ tokens; at most 77",
    ),
    "no question": ("vilt", {"inputs": {"image": B64}}, r"inputs\.question"),
    "no image": ("vilt", {"inputs": {"question": "what?"}}, r"inputs\.image"),
    "no words": ("layoutlm", {"inputs": ASKED}, "word_boxes"),
    "words without a box": (
        "layoutlm",
        {"inputs": ASKED, "parameters": {"word_boxes": [["a"]]}},
        "word_boxes",
    ),
    "an unknown parameter": ("captioner", {"inputs": B64, "parameters": {"lenght": 3}}, "lenght"),
    "too many tokens": (
        "captioner",
        {"inputs": B64, "parameters": {"max_new_tokens": 10**9}},
        "max_new_tokens",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_request_names_the_field(what, served):
    name, body, field = BAD[what]

    with pytest.raises(RequestError, match=field):
        served(name).ask(body)
