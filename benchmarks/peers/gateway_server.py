"""The gateway alone, in front of one replica that is always there.

python gateway_server.py PORT MODEL_ID REPLICA_URL [REVISION]

Where the model has a revision, answers are kept for whoever asks the same again.
"""

import sys

import uvloop

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import RuntimeStatus, State
from tenfold_gateway.app import Gateway, create_app
from tenfold_gateway.routes import Replica, Route, RouteTable
from tenfold_gateway.server import server


class NobodySleeps:
    """A waker without work."""

    async def wake(self, model_id: str) -> None:
        raise AssertionError(model_id)


def table(model_id: str, url: str, revision: str | None) -> RouteTable:
    model = InferenceModel.of("measured", {"modelId": model_id, "source": {"path": "model"}})
    routes = RouteTable()
    status = RuntimeStatus(state=State.READY, revision=revision)
    routes.put(Route(model, (Replica(url),), status))
    return routes


def main(port: int, model_id: str, url: str, revision: str | None = None) -> None:
    app = create_app(Gateway(table(model_id, url, revision), NobodySleeps()))
    uvloop.run(server(app, port=port).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
