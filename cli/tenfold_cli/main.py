"""The `tenfold` command."""

import os
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from tenfold_api import crd as definition
from tenfold_api import names
from tenfold_api.inference_model import InferenceModel
from tenfold_api.spec import Optimization, Quantization
from tenfold_api.tasks import Task
from tenfold_cli import errors, logs, selection, sockets
from tenfold_cli.local import cache as caches
from tenfold_cli.local.process import Launch
from tenfold_cli.sockets import Address
from tenfold_gateway.settings import ColdStart, Settings

app = typer.Typer(
    help="Serve models with the API of Hugging Face's hosted inference.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Files = Annotated[
    list[Path] | None, typer.Option("--file", "-f", help="A manifest, or a folder of them. May be repeated.")
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", help="A model's folder, or its id on the hub. May be repeated."),
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)]
ColdStarts = Annotated[
    ColdStart, typer.Option(help="Who waits for a model that is not ready, instead of getting 503 at once.")
]
Caches = Annotated[bool, typer.Option(help="Answer from memory a request that was answered before.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show all that the runtimes log.")]


@app.command()
def up(
    file: Files = None,
    model: Models = None,
    host: Host = "127.0.0.1",
    port: Port = names.GATEWAY_PORT,
    cold_start: ColdStarts = ColdStart.AUTO,
    cache: Caches = True,
    verbose: Verbose = False,
) -> None:
    """Serve models on this machine, a process each, until Ctrl-C."""
    logs.configure(verbose)
    settings = Settings(cold_start) if cache else Settings(cold_start, cache_bytes=0)
    with errors.told():
        _serve(selection.models(file or [], model or []), host, port, settings)


def _serve(models: list[InferenceModel], host: str, port: int, settings: Settings) -> None:
    from tenfold_cli import serve  # heavy, and the other commands do without

    with sockets.door(host, port) as door:
        address = Address(host, door.getsockname()[1])
        launch = Launch(caches.folder(os.environ))
        serve.run(serve.Plan(models, address, launch, settings), door)


@app.command()
def optimize(
    model: Annotated[str, typer.Argument(help="The model's folder, or its id on the hub.")],
    task: Annotated[Task | None, typer.Option(help="What it does; by default read from its files.")] = None,
    quantization: Annotated[Quantization, typer.Option(help="The weights to try.")] = Quantization.AUTO,
    max_drift: Annotated[
        float, typer.Option(help="How far answers may be from the exact weights'.", min=0, max=1)
    ] = Optimization().max_drift,
    verbose: Verbose = False,
) -> None:
    """Convert a model now, show what was measured, and keep it for `tenfold up`."""
    logs.configure(verbose)
    chosen = {"quantization": quantization.value, "maxDrift": max_drift}
    with errors.told():
        _optimize(selection.one(model, {"task": task, "optimization": chosen}))


def _optimize(model: InferenceModel) -> None:
    from rich.console import Console

    from tenfold_cli import optimize as work

    work.run(model, Launch(caches.folder(os.environ), work.COMMAND), Console())


@app.command()
def crd() -> None:
    """Print the CustomResourceDefinition of the InferenceModel."""
    typer.echo(definition.to_yaml(definition.custom_resource_definition()), nl=False)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(metadata.version("tenfold"))


def main() -> None:
    app()
