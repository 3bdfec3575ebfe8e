"""Where models come from: folders, and hubs that answer, refuse, or are away."""

import pytest

from tenfold_api.inference_model import InferenceModel
from tenfold_runtime import source
from tenfold_runtime.errors import CannotLoad, HubUnavailable


def from_hub(repo="tests/classifier", **spec):
    return InferenceModel.of("m", {"source": {"hub": {"repo": repo}}, **spec})


def test_a_revision_is_resolved_to_the_commit(hub, tmp_path):
    assert (
        source.resolve(from_hub(), tmp_path / "cache", hub.url).revision
        == "0123456789abcdef0123456789abcdef01234567"
    )


def test_the_hub_may_tell_the_task(hub, tmp_path):
    hub.pipeline_tag = "text-classification"

    assert source.resolve(from_hub(), tmp_path / "cache", hub.url).task == "text-classification"


def test_the_files_are_downloaded_once(hub, classifier, tmp_path):
    resolved = source.resolve(from_hub(), tmp_path / "cache", hub.url)
    folder = resolved.fetch()
    asked = len(hub.requests)

    assert (folder.path / "model.safetensors").read_bytes() == (classifier / "model.safetensors").read_bytes()
    assert resolved.fetch().path == folder.path
    assert not any("safetensors" in request for request in hub.requests[asked:] if request.startswith("GET"))


def test_a_model_loaded_before_needs_no_hub(hub, tmp_path):
    known = source.resolve(from_hub(), tmp_path / "cache", hub.url)
    hub.down = True

    assert source.resolve(from_hub(), tmp_path / "cache", hub.url).revision == known.revision


def test_a_hub_that_is_away_is_no_final_error(hub, tmp_path):
    hub.down = True

    with pytest.raises(HubUnavailable, match="never loaded before"):
        source.resolve(from_hub(), tmp_path / "cache", hub.url)


def test_a_repository_that_is_not_there_is_final(hub, tmp_path):
    with pytest.raises(CannotLoad) as error:
        source.resolve(from_hub("tests/absent"), tmp_path / "cache", hub.url)

    assert (error.value.failure.status, error.value.failure.reason) == (404, "ModelNotFound")


def test_a_gated_repository_is_final(hub, tmp_path):
    hub.gated = True
    resolved = source.resolve(from_hub(), tmp_path / "cache", hub.url)

    with pytest.raises(CannotLoad) as error:
        resolved.fetch()

    assert (error.value.failure.status, error.value.failure.reason) == (403, "Unauthorized")


def test_a_pickle_on_the_hub_is_refused_before_it_is_downloaded(hub, tmp_path):
    (hub.root / "tests" / "pickled").mkdir()
    (hub.root / "tests" / "pickled" / "pytorch_model.bin").write_bytes(b"x")

    with pytest.raises(CannotLoad, match=r"found only pytorch_model.bin"):
        source.resolve(from_hub("tests/pickled"), tmp_path / "cache", hub.url)


def in_repository(hub, name, *files):
    for file in files:
        place = hub.root / "tests" / name / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
    return from_hub(f"tests/{name}")


@pytest.mark.parametrize(
    ("files", "fetched"),
    [
        (["config.json", "model.safetensors", "model.onnx"], {"config.json", "model.safetensors"}),
        (["config.json", "model.skops", "README.md"], {"config.json", "model.skops"}),
        (["model.onnx", "model.onnx.data"], {"model.onnx", "model.onnx.data"}),
        (
            ["model_index.json", "whole.safetensors", "unet/m.safetensors", "unet/m.fp16.safetensors"],
            {"model_index.json", "unet/m.safetensors"},
        ),
    ],
    ids=["transformers", "skops", "a graph of tables", "diffusers"],
)
def test_only_what_the_library_needs_is_downloaded(hub, tmp_path, files, fetched):
    resolved = source.resolve(in_repository(hub, "some", *files), tmp_path / "cache", hub.url)

    assert set(resolved.fetch().names) == fetched


def test_the_revision_of_a_folder_is_its_content(classifier, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in classifier.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    before = source.resolve(in_folder(copy), tmp_path).revision
    (copy / "config.json").write_text("{}")

    assert before == source.resolve(in_folder(classifier), tmp_path).revision
    assert before != source.resolve(in_folder(copy), tmp_path).revision


def in_folder(path):
    return InferenceModel.of("m", {"modelId": "m", "source": {"path": str(path)}})


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CannotLoad, match="there is no folder"):
        source.resolve(in_folder(tmp_path / "absent"), tmp_path)
