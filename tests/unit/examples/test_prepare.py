"""prepare.py: whole models or none, and no work done twice."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PREPARE = Path(__file__).parents[3] / "examples" / "prepare.py"


@pytest.fixture(scope="module")
def prepare():
    spec = importlib.util.spec_from_file_location("examples_prepare", PREPARE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_model(folder, text="a model"):
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / name).write_text(text)


@pytest.fixture
def encoder(tmp_path):
    write_model(tmp_path / "encoder", "the encoder")
    return tmp_path / "encoder"


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def test_both_models_are_made(prepare, models, encoder):
    made = prepare.prepare(models, encoder, write_model)

    assert made == ["all-MiniLM-L6-v2", "sentiment"]
    assert (models / "all-MiniLM-L6-v2" / "config.json").read_text() == "the encoder"
    assert (models / "sentiment" / "config.json").read_text() == "a model"


def test_a_second_call_does_nothing(prepare, models, encoder, capsys):
    prepare.prepare(models, encoder, write_model)
    capsys.readouterr()

    assert prepare.prepare(models, encoder, pytest.fail) == []
    assert capsys.readouterr().out == ""


def test_an_interrupted_training_leaves_nothing(prepare, models, encoder):
    def interrupted(folder):
        write_model(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare.prepare(models, encoder, interrupted)

    assert [path.name for path in models.iterdir()] == ["all-MiniLM-L6-v2"]


def test_a_folder_that_lost_a_file_is_made_again(prepare, models, encoder):
    prepare.prepare(models, encoder, write_model)
    (models / "sentiment" / "model.safetensors").unlink()

    assert prepare.prepare(models, encoder, write_model) == ["sentiment"]
    assert prepare.is_complete(models / "sentiment")


def test_a_link_that_leads_nowhere_is_mended(prepare, models, encoder, tmp_path):
    models.mkdir()
    (models / "all-MiniLM-L6-v2").symlink_to(tmp_path / "gone")

    prepare.prepare(models, encoder, write_model)

    assert prepare.is_complete(models / "all-MiniLM-L6-v2")


def test_a_link_is_removed_without_what_it_leads_to(prepare, encoder, tmp_path):
    (tmp_path / "link").symlink_to(encoder)

    prepare.clear(tmp_path / "link")

    assert not (tmp_path / "link").exists()
    assert prepare.is_complete(encoder)


def test_where_links_are_not_allowed_the_encoder_is_copied(prepare, encoder, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError("links are not allowed")

    monkeypatch.setattr(Path, "symlink_to", refused)

    prepare.link_or_copy(encoder, tmp_path / "copy")

    assert prepare.is_complete(tmp_path / "copy")
    assert not (tmp_path / "copy").is_symlink()


def test_the_faster_of_two_runs_wins(prepare, models):
    def overtaken(folder):
        write_model(folder, "the slower")
        write_model(models / "sentiment", "the faster")

    prepare.place(models / "sentiment", overtaken)

    assert (models / "sentiment" / "config.json").read_text() == "the faster"


def test_preparing_does_not_load_torch(tmp_path):
    code = f"import sys, runpy; runpy.run_path({str(PREPARE)!r}); sys.exit('torch' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
