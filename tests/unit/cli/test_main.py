"""The command, as typed."""

import socket

import pytest
import yaml
from typer.testing import CliRunner

from tenfold_cli.main import app


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_the_crd_is_printed_as_yaml():
    result = run("crd")
    assert yaml.safe_load(result.stdout)["kind"] == "CustomResourceDefinition"


def test_the_version_is_printed():
    assert run("version").stdout.startswith("0.")


def test_a_bad_manifest_is_refused_with_its_field(tmp_path):
    (tmp_path / "bad.yaml").write_text(
        "apiVersion: tenfold.dev/v1alpha1\nkind: InferenceModel\nmetadata: {name: a}\n"
        "spec: {modelId: a, source: {path: .}, autoscaling: {minReplicas: -1}}\n"
    )
    result = run("up", "-f", str(tmp_path))
    assert result.exit_code == 2
    assert "spec.autoscaling.minReplicas" in result.stderr and "Traceback" not in result.stderr


def test_nothing_to_serve_is_refused():
    assert run("up").exit_code == 2


def test_a_port_in_use_is_told(tmp_path):
    (tmp_path / "model").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("up", "--model", str(tmp_path / "model"), "--port", port)
    assert result.exit_code == 1
    assert result.stderr == f"port {port} on 127.0.0.1 is in use; choose another with --port\n"


@pytest.mark.parametrize("host", ["host.invalid", "203.0.113.1"])
def test_an_address_that_is_not_ours_is_told(tmp_path, host):
    result = run("up", "--model", str(tmp_path), "--host", host, "--port", "0")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"cannot listen on {host} port 0: ")
