"""How the gateway is served."""

import uvicorn
from starlette.types import ASGIApp


def server(app: ASGIApp, host: str = "127.0.0.1", port: int = 8080, drain: int = 10) -> uvicorn.Server:
    """Make a server; `await server.serve()` runs it. `drain` bounds the seconds that a stop takes."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,  # the owner of the process says what is logged
        log_level="warning",
        server_header=False,
        lifespan="on",
        ws="none",
        backlog=2048,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=drain,
    )
    return uvicorn.Server(config)
