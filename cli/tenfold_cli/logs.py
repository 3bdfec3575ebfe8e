"""Where log lines go."""

import logging
import sys


class StandardError(logging.Handler):
    """Looks `sys.stderr` up for every line: the live table puts its own in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def configure(verbose: bool) -> None:
    """Show warnings and errors; with `verbose` all that the runtimes say."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[StandardError()], format="%(levelname)s %(message)s")
