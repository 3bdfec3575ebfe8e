"""What a person can put right: told in a sentence, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

REFUSED = 2


class CommandError(Exception):
    """Ends the command with a message on standard error."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def told() -> Iterator[None]:
    """Turn a CommandError into its message and its exit status."""
    try:
        yield
    except CommandError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.status) from error
