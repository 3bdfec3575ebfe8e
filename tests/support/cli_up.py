"""`tenfold up` with fake runtimes, as a process: `python cli_up.py CACHE PORT BEHAVIOUR…` (as NAME=VALUE)."""

import sys
from pathlib import Path

from cli_world import launch, model
from tenfold_cli import logs, serve, sockets
from tenfold_cli.sockets import Address

if __name__ == "__main__":
    cache, port, *behaviour = sys.argv[1:]
    logs.configure(verbose=False)
    door = sockets.door("127.0.0.1", int(port))
    address = Address("127.0.0.1", door.getsockname()[1])
    served = model(**dict(each.split("=", 1) for each in behaviour))
    serve.run(serve.Plan([served], address, launch(Path(cache))), door)
