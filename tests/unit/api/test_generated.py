from pathlib import Path

import pytest
import yaml

from tenfold_api import crd, generated, manifests, reference, schema

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("path", generated.files())
def test_the_committed_file_is_what_make_generate_writes(path):
    assert (REPOSITORY / path).read_text(encoding="utf-8") == generated.files()[path]


def test_all_files_are_written_below_the_given_folder(tmp_path):
    generated.write(tmp_path)
    written = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert written == generated.files().keys()


def test_the_chart_holds_the_crd_that_helm_installs_on_request_and_keeps():
    first, *middle, last = generated.files()["charts/tenfold/templates/crd.yaml"].splitlines()
    document = yaml.safe_load("\n".join(middle))
    assert (first, last) == ("{{- if .Values.crds.install }}", "{{- end }}")
    assert document["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
    assert document == crd.custom_resource_definition()


def test_the_chart_installs_the_crd_by_default():
    values = yaml.safe_load((REPOSITORY / "charts/tenfold/values.yaml").read_text(encoding="utf-8"))
    assert values["crds"] == {"install": True}


def test_the_page_has_a_row_for_every_field_of_spec_and_status():
    page = reference.markdown()
    for part in ("spec", "status"):
        assert all(f"| `{name}` |" in page for name in schema.fields(schema.at((part,))))


def test_a_row_tells_type_default_bounds_and_meaning():
    row = "| `minReplicas` | integer | `1` | 0 to 1000 | Fewest replicas, 1 by default. With 0 the"
    assert row in reference.markdown()


def test_every_link_of_the_page_leads_to_a_heading():
    page = reference.markdown()
    headings = {line[3:].replace(".", "").lower() for line in page.splitlines() if line.startswith("## ")}
    links = {link.split(")")[0] for link in page.split("](#")[1:]}
    assert links <= headings
    assert "specsourcehubtokensecretref" in links


def test_every_row_has_five_cells():
    rows = [line for line in reference.markdown().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {6}


def test_the_example_of_the_page_is_valid(tmp_path):
    example = reference.markdown().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    assert manifests.read(tmp_path)[0].model_id == "sentence-transformers/all-MiniLM-L6-v2"
