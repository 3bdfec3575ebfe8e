"""Input that is bad in every way, over a socket: named and refused, and the next request answered."""

import base64
import json
import struct
import zlib
from contextlib import ExitStack

import httpx2
import numpy as np
import pytest

import served
from every_task import MODELS
from live import live
from tenfold_runtime.service import Service
from tiny_images import file as image_file
from tiny_images import picture
from tiny_sounds import file as sound_file

MOST_BYTES, MOST_SECONDS = 1 << 20, 600
LIMITS = {"maxBodyBytes": str(MOST_BYTES), "maxAudioSeconds": MOST_SECONDS}

JPEG = image_file(picture(), "JPEG")
SQUARE = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
HUGE_PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for kind, data in [(b"IHDR", SQUARE), (b"IDAT", zlib.compress(b"\0"))]
)
SILENT_WAV = sound_file(np.zeros(0, np.float32))
LONG_FLAC = sound_file(np.zeros(2_000 * (MOST_SECONDS + 600), np.float32), rate=2_000, kind="FLAC")
DEEP = b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

TEXT, IMAGE, SOUND = "text-classification", "image-classification", "audio-classification"
SEEN, TABLE, ROWS = "visual-question-answering", "table-question-answering", "tabular-classification"
WRITER, CHAT = "text-generation", "text-generation chat"
PATHS = {CHAT: "/v1/chat/completions"}


def inputs(value, **parameters):
    return {"inputs": value, **({"parameters": parameters} if parameters else {})}


def messages(*given, **more):
    return {"messages": list(given), "max_tokens": 2, **more}


HELLO = {"role": "user", "content": "Hello"}
BASE64 = base64.b64encode(JPEG).decode()

# What any task may be sent.
ANYTHING = {
    "nothing": (b"", "Error in body: it is empty"),
    "not UTF-8": (b'{"inputs": "\xff\xfe"}', "Error in body: not UTF-8, from byte 12 on"),
    "broken JSON": (b'{"inputs": "he', "Error in body: not valid JSON"),
    "NaN": (b'{"inputs": NaN}', "Error in body: not valid JSON"),
    "Infinity": (b'{"inputs": [Infinity]}', "Error in body: not valid JSON"),
    "1e999": (b'{"inputs": 1e999}', "Error in body: not valid JSON"),
    "deep nesting": (DEEP, "Error in body: not valid JSON: depth limit exceeded"),
    "some nesting": (b'{"inputs": ' + b"[" * 65 + b"]" * 65 + b"}", "Error in body: nested in more than"),
    "too much": (b" " * (MOST_BYTES + 1), f"larger than {MOST_BYTES} bytes"),
}
CASES = [
    (TEXT, inputs(7.5), "Error in `inputs`: must be a string"),
    (TEXT, inputs("a", topk=1), "Error in `parameters.topk`: unknown parameter; known are"),
    (TEXT, inputs("a", top_k="many"), "Error in `parameters.top_k`"),
    (TEXT, inputs({"text": 5}), "Error in `inputs"),
    (WRITER, inputs(["a"], temperature="hot"), "Error in `parameters.temperature`"),
    (CHAT, {"max_tokens": 2}, "Error in `messages`: field required"),
    (CHAT, messages(), "Error in `messages`"),
    (CHAT, messages("Hello"), "Error in `messages.0`: must be an object"),
    (CHAT, messages({"role": "user"}), "Error in `messages.0.content`"),
    (CHAT, messages({"role": 5, "content": "a"}), "Error in `messages.0.role`"),
    (CHAT, messages(HELLO, temperature=-1), "Error in `temperature`"),
    (CHAT, messages(HELLO, n="two"), "Error in `n`"),
    (IMAGE, JPEG[: len(JPEG) * 2 // 3], "Error in `inputs`: the JPEG image is damaged"),
    (IMAGE, HUGE_PNG, "Error in `inputs`: the image has too many pixels"),
    (IMAGE, SILENT_WAV, "Error in `inputs`: not an image"),
    (IMAGE, inputs(5), "Error in `inputs`: must be an image in base64"),
    (IMAGE, inputs("&&&"), "Error in `inputs`: not base64"),
    (IMAGE, inputs(BASE64, topk=1), "Error in `parameters.topk`: unknown parameter"),
    (IMAGE, inputs(BASE64, top_k=[1]), "Error in `parameters.top_k`"),
    (SEEN, inputs({"image": "&&&", "question": "Who?"}), "Error in `inputs.image`: not base64"),
    (SEEN, inputs({"image": BASE64[:400], "question": "Who?"}), "Error in `inputs"),
    (SEEN, inputs({"image": BASE64}), "Error in `inputs.question`: field required"),
    (SOUND, SILENT_WAV, "Error in `inputs`: the sound lasts 0.000 s"),
    (SOUND, LONG_FLAC, "Error in `inputs`: the sound lasts 1200.0 s or more; at most"),
    (SOUND, JPEG, "Error in `inputs`: not a sound"),
    (SOUND, inputs("&&&"), "Error in `inputs`: not base64"),
    (SOUND, inputs(BASE64, topk=1), "Error in `parameters.topk`: unknown parameter"),
    (ROWS, inputs({"data": [[1, 2]]}), "Error in `inputs.data"),
    (ROWS, inputs({"data": {"length": ["long"]}}), "Error in `inputs.data"),
    (TABLE, inputs({"query": "How many?", "table": {"a": ["1"], "b": []}}), "Error in `inputs`: all columns"),
    (TABLE, inputs({"query": 5, "table": {"a": ["1"]}}), "Error in `inputs.query`"),
]
EVERY = [
    pytest.param(model, body, told, id=f"{model}-{name}")
    for model in (TEXT, WRITER, CHAT, IMAGE, SEEN, SOUND, ROWS, TABLE)
    for name, (body, told) in ANYTHING.items()
] + [pytest.param(*case, id=f"{case[0]}-{index}") for index, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Give the client of a model, which is started when it is first asked for."""
    root, clients = tmp_path_factory.mktemp("bad"), {}

    def of(name):
        if name not in clients:
            tiny, folder = MODELS[name], root / name
            tiny.write(folder)
            configured = served.settings(folder, root / "cache", task=tiny.task.value, limits=LIMITS)
            url = stack.enter_context(live(Service(configured, served.BuildHere())))
            clients[name] = stack.enter_context(httpx2.Client(base_url=url, timeout=60))
        return clients[name]

    with ExitStack() as stack:
        yield of


@pytest.mark.parametrize(("model", "body", "told"), EVERY)
def test_bad_input_is_named_and_the_next_request_answered(model, body, told, client):
    name, _, chat = model.partition(" ")
    asked = client(name)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    good = messages(HELLO) if chat else asked.get("/info").json()["examples"][name]

    refused = asked.post(PATHS.get(model, "/"), content=content)

    assert refused.status_code in (400, 413, 422)
    assert told in refused.text
    assert asked.post(PATHS.get(model, "/"), json=good).status_code == 200
