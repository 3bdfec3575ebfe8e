"""manifests/: what the chart renders, for those who have no Helm."""

import subprocess

import pytest
import yaml

import helm
import scripts

rendering = scripts.load("manifests")
FOLDER = scripts.ROOT / "manifests"


@pytest.mark.parametrize("name", rendering.FILES)
def test_the_committed_file_is_what_make_generate_writes(name):
    content = rendering.plain(rendering.render(helm.tool("helm"), *rendering.FILES[name]))
    assert (FOLDER / name).read_text(encoding="utf-8") == content


def test_the_base_names_every_file():
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    assert set(listed) == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


def test_every_object_of_a_default_release_is_in_the_base():
    helms = [
        each for each in helm.template() if "helm.sh/hook" not in each["metadata"].get("annotations", {})
    ]
    ours = [each for file in FOLDER.glob("*.yaml") for each in yaml.safe_load_all(file.read_text())]
    ours = [each for each in ours if each["kind"] not in ("Kustomization", "Namespace")]
    assert {named(each) for each in helms} == {named(each) for each in ours}


def test_nothing_speaks_of_helm():
    assert not [name for name in rendering.FILES if "helm" in (FOLDER / name).read_text().lower()]


def test_kustomize_builds_the_base():
    command = [helm.tool("kubectl"), "kustomize", FOLDER]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def named(document):
    return document["kind"], document["metadata"]["name"]
