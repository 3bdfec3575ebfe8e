import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from tenfold_api import manifests, schema
from tenfold_api.inference_model import InferenceModel

HUB = {"hub": {"repo": "org/minilm"}}


def document(name="minilm", **spec):
    metadata = {"name": name}
    spec = {"source": HUB, **spec}
    return {
        "apiVersion": "tenfold.dev/v1alpha1",
        "kind": "InferenceModel",
        "metadata": metadata,
        "spec": spec,
    }


def write(path, *documents):
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return path


def problems(path):
    with pytest.raises(manifests.ManifestError) as caught:
        manifests.read(path)
    return caught.value.problems


def problem(path):
    (only,) = problems(path)
    return only


@pytest.fixture
def manifest(tmp_path):
    """A function that writes a manifest of this spec, given in YAML, and tells its path."""
    head = "apiVersion: tenfold.dev/v1alpha1\nkind: InferenceModel\nmetadata: {name: minilm}\n"

    def write_spec(spec):
        file = tmp_path / "minilm.yaml"
        file.write_text(f"{head}spec: {spec}\n", encoding="utf-8")
        return file

    return write_spec


def from_hub(fields):
    """Give a spec in YAML with a source and these fields."""
    return f"{{source: {{hub: {{repo: org/minilm}}}}, {fields}}}"


def test_a_file_gives_its_model(tmp_path):
    (model,) = manifests.read(write(tmp_path / "minilm.yaml", document()))
    assert model.model_id == "org/minilm"


def test_a_file_may_hold_several_documents(tmp_path):
    file = write(tmp_path / "two.yaml", document("a", modelId="a"), None, document("b", modelId="b"))
    assert [model.model_id for model in manifests.read(file)] == ["a", "b"]


def test_a_folder_gives_the_models_directly_in_it_by_file_name(tmp_path):
    write(tmp_path / "b.yaml", document("b", modelId="b"))
    write(tmp_path / "a.yml", document("a", modelId="a"))
    (tmp_path / "notes.txt").write_text("not: [yaml")
    (tmp_path / "nested.yaml").mkdir()
    write(tmp_path / "nested.yaml" / "c.yaml", document("c", modelId="c"))
    assert [model.metadata.name for model in manifests.read(tmp_path)] == ["a", "b"]


def test_other_kinds_of_kubernetes_objects_are_passed_over(tmp_path):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front"}}
    file = write(tmp_path / "all.yaml", service, document())
    assert [model.metadata.name for model in manifests.read(file)] == ["minilm"]


def test_a_relative_path_is_meant_from_the_manifests_folder(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    (model,) = manifests.read(write(folder / "m.yaml", document(modelId="m", source={"path": "../models/m"})))
    assert model.spec.source.path == str(tmp_path / "models" / "m")
    assert InferenceModel.model_validate_json(model.to_json()) == model


def test_an_absolute_path_stays(tmp_path):
    (model,) = manifests.read(write(tmp_path / "m.yaml", document(modelId="m", source={"path": "/models/m"})))
    assert json.loads(model.to_json())["spec"]["source"] == {"path": "/models/m"}


def test_a_date_is_read_as_it_was_written(manifest):
    (model,) = manifests.read(manifest("{source: {hub: {repo: a/b, revision: 2026-01-31}}}"))
    assert model.spec.source.hub.revision == "2026-01-31"


def test_a_problem_prints_as_one_line(manifest):
    file = manifest(from_hub("autoscaling: {minReplicas: two}"))
    line = f'{file}: spec.autoscaling.minReplicas: must be a whole number, got "two"'
    assert str(problem(file)) == line


MESSAGES = [
    ("replicas: two", "spec.replicas", 'must be a whole number, got "two"'),
    ('replicas: "2"', "spec.replicas", 'must be a whole number, got "2"'),
    ("replicas: 1.5", "spec.replicas", "must be a whole number, got 1.5"),
    ("replicas: -1", "spec.replicas", "must be at least 0, got -1"),
    ("replicas: 1001", "spec.replicas", "must be at most 1000, got 1001"),
    ("replicas: [1]", "spec.replicas", "must be a whole number, got a list"),
    ("optimization: {maxDrift: much}", "spec.optimization.maxDrift", 'must be a number, got "much"'),
    ("optimization: {maxDrift: 3}", "spec.optimization.maxDrift", "must be at most 1, got 3"),
    ('security: {allowPickle: "yes"}', "spec.security.allowPickle", 'must be true or false, got "yes"'),
    ("image: 1.0", "spec.image", "must be a string: put quotes around it"),
    ("image: yes", "spec.image", "must be a string: put quotes around it"),
    ("image: {name: x}", "spec.image", "must be a string, got an object"),
    ('image: ""', "spec.image", "must not be empty"),
    (f"image: {'x' * 2000}", "spec.image", "must have at most 1024 characters, has 2000"),
    ("nodeSelector: {gpu: true}", "spec.nodeSelector.gpu", "must be a string: put quotes around it"),
    ("engine: onx", "spec.engine", 'must be one of auto, onnx, transformers and custom, got "onx"'),
    ("visibility: off", "spec.visibility", "must be one of public and private, got false"),
    ("modelId: a b", "spec.modelId", 'must be `name` or `organisation/name` of letters, digits, '),
    ("limits: {timeout: 15}", "spec.limits.timeout", "must be an amount like 500ms, 60s, 15m or 1h, got 15"),
    ("limits: {maxBodyBytes: 1GB}", "spec.limits.maxBodyBytes", 'like 2000000, 32Mi or 1Gi, got "1GB"'),
    ("limits: 3", "spec.limits", "must be an object, got 3"),
    ("resources: [cpu]", "spec.resources", "must be an object, got a list"),
    ("tolerations: {key: x}", "spec.tolerations", "must be a list, got an object"),
    ("env: [{name: A}, B]", "spec.env[1]", 'must be an object, got "B"'),
    ("enginee: auto", "spec.enginee", "unknown field; did you mean engine?"),
    ("batching: {max_wait: 2ms}", "spec.batching.max_wait", "unknown field; did you mean maxWait?"),
    ("maxReplicas: 2", "spec.maxReplicas", "unknown field; did you mean autoscaling.maxReplicas?"),
    ("batching: {gpu: 1}", "spec.batching.gpu", "unknown field; known are maxBatchSize, maxWait"),
    ("engine: custom", "spec", "engine custom needs an image"),
    ("autoscaling: {minReplicas: 2}", "spec.autoscaling", "minReplicas must be at most maxReplicas"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "field", "message"), MESSAGES)
def test_a_message_says_what_was_wrong_and_what_would_be_right(manifest, spec, field, message):
    found = problem(manifest(from_hub(spec)))
    assert found.field == field
    assert message in found.message


SOURCES = [
    ("{}", "spec.source", "is required: Where the model's files come from"),
    ("{source: {}}", "spec.source", "must have exactly one of hub, path, pvc and uri"),
    ("{source: {path: a, uri: s3://a/b}}", "spec.source", "must have exactly one of hub, path, pvc and uri"),
    ("{source: {path: a}}", "spec", "modelId is required unless source.hub.repo names the model"),
    (
        "{source: {hub: {}}}",
        "spec.source.hub.repo",
        "is required: Repository, as `name` or `organisation/name`",
    ),
    ("{source: {uri: https://a/b}}", "spec.source.uri", "must be like `s3://bucket/folder`"),
    ("{source: {hub: {repo: a/b, revision: 1.0}}}", "spec.source.hub.revision", "put quotes around it"),
    ("{source: org/minilm}", "spec.source", 'must be an object, got "org/minilm"'),
]


@pytest.mark.parametrize(("spec", "field", "message"), SOURCES)
def test_a_source_that_cannot_work_is_explained(manifest, spec, field, message):
    found = problem(manifest(spec))
    assert found.field == field
    assert message in found.message


FILES = [
    ("", "is empty"),
    ("# models: none yet\n", "has no InferenceModel"),
    ("spec: [1\nb: 2\n", "line 2, column 2: not valid YAML: expected ',' or ']'"),
    ("spec:\n  a: 1\n  a: 2\n", "line 3, column 3: not valid YAML: a is there twice"),
    ("spec: !python/name:os.system x\n", "could not determine a constructor"),
    ("a: \x00", "not valid YAML: unacceptable character"),
    ("a: &a [*a]", "cannot be said in JSON: Circular reference"),
    ("a: .inf", "cannot be said in JSON"),
    ("[" * 5000, "is nested too deeply"),
    ("a" * 2_000_000, "must have at most 1048576 characters, has 2000000"),
    ("just text\n", "must be an object with apiVersion, kind, metadata and spec"),
    ("apiVersion: tenfold.dev/v1alpha1\n", "kind: is required, as InferenceModel"),
    ("kind: InferenceModel\n", "apiVersion: is required, as tenfold.dev/v1alpha1"),
    ("apiVersion: v1\nkind: Service\n", "has no InferenceModel"),
]


@pytest.mark.parametrize(("text", "message"), FILES)
def test_a_file_that_holds_no_model_is_explained(tmp_path, text, message):
    file = tmp_path / "minilm.yaml"
    file.write_text(text, encoding="utf-8")
    assert message in str(problem(file))


def test_bytes_that_are_no_text_are_explained(tmp_path):
    file = tmp_path / "minilm.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert problem(file).message == "must be text in UTF-8"


def test_a_path_that_leads_nowhere_is_explained(tmp_path):
    assert str(problem(tmp_path / "none.yaml")) == f"{tmp_path / 'none.yaml'}: no such file or folder"


def test_a_folder_without_models_is_explained(tmp_path):
    assert str(problem(tmp_path)) == f"{tmp_path}: has no InferenceModel"


@pytest.mark.parametrize(
    ("version", "kind", "message"),
    [
        (
            "tenfold.dev/v1",
            "InferenceModel",
            'apiVersion: must be tenfold.dev/v1alpha1, got "tenfold.dev/v1"',
        ),
        ("tenfold.dev/v1alpha1", "InferenceModl", 'kind: must be InferenceModel, got "InferenceModl"'),
    ],
)
def test_a_slip_in_version_or_kind_is_no_other_kind(tmp_path, version, kind, message):
    file = write(tmp_path / "m.yaml", {**document(), "apiVersion": version, "kind": kind})
    assert message in str(problem(file))


def test_all_problems_of_all_files_are_told_at_once(tmp_path):
    write(tmp_path / "a.yaml", document(replicas="two", engine="onx"))
    write(tmp_path / "b.yaml", document(task="chat"))
    (tmp_path / "c.yaml").write_text("a: [")
    assert [(each.file.name, each.field) for each in problems(tmp_path)] == [
        ("a.yaml", "spec.engine"),
        ("a.yaml", "spec.replicas"),
        ("b.yaml", "spec.task"),
        ("c.yaml", ""),
    ]


def test_among_several_documents_the_resource_is_named(tmp_path):
    nameless = {**document(replicas="two"), "metadata": {}}
    file = write(tmp_path / "two.yaml", document("minilm", replicas="two"), nameless)
    assert [each.document for each in problems(file)] == ["minilm", "document 2", "document 2"]
    assert str(problems(file)[0]).startswith(f"{file}: minilm: spec.replicas: ")


def test_the_error_prints_a_line_for_each_problem(manifest):
    file = manifest(from_hub("replicas: two, engine: onx"))
    with pytest.raises(manifests.ManifestError, match=r"^.*spec\.engine: .*\n.*spec\.replicas: .*$"):
        manifests.read(file)


def test_a_model_id_is_used_once(tmp_path):
    write(tmp_path / "a.yaml", document("a"))
    write(tmp_path / "b.yaml", document("b", modelId="org/minilm"))
    found = problem(tmp_path)
    assert (found.file.name, found.field) == ("b.yaml", "spec.modelId")
    assert found.message == f"org/minilm is a modelId already used by {tmp_path / 'a.yaml'}"


def test_a_model_id_used_twice_in_one_file_names_the_resource(tmp_path):
    file = write(tmp_path / "two.yaml", document("a"), document("b"))
    assert problem(file).message.endswith(f"already used by {file}: a")


def test_model_ids_that_differ_in_case_are_two(tmp_path):
    file = write(tmp_path / "two.yaml", document("a", modelId="GPT2"), document("b", modelId="gpt2"))
    assert len(manifests.read(file)) == 2


def test_a_block_left_empty_is_as_good_as_absent(manifest):
    (model,) = manifests.read(manifest(from_hub("limits: , image: ")))
    assert json.loads(model.to_json())["spec"] == {"source": HUB}


SCALARS = (
    some.none() | some.booleans() | some.integers() | some.floats(-2, 2000) | some.text("ab/ 1m", max_size=9)
)
VALUES = SCALARS | some.lists(SCALARS, max_size=2) | some.dictionaries(some.text("ab", max_size=2), SCALARS)


def broken(node):
    """Objects with some of a schema's fields, each with a value of its own shape or of any other."""
    fields = {name: broken(child) | VALUES for name, child in schema.fields(node).items()}
    return some.fixed_dictionaries({}, optional={**fields, "unknown": SCALARS}) if fields else VALUES


@settings(deadline=None)
@given(broken(schema.tree()))
def test_whatever_a_manifest_says_is_a_model_or_a_problem_in_one_line(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("fuzz") / "minilm.yaml"
    file.write_text(json.dumps({"apiVersion": "tenfold.dev/v1alpha1", "kind": "InferenceModel", **content}))
    try:
        assert len(manifests.read(file)) == 1
    except manifests.ManifestError as error:
        assert len(str(error).splitlines()) == len(error.problems)


def test_the_examples_are_valid():
    assert manifests.read(Path(__file__).parents[3] / "examples")
