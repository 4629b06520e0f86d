"""An app with an endless event stream, for tests of the server around it."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response

from api.app import create_app, runtime_of
from api.auth import allow_everyone
from api.server import serve
from api.settings import Settings
from api.web import Answer


def load(settings: Settings) -> Flask:
    """The whole service and two endpoints: a stream, and how many streams are open."""
    app = create_app(settings=settings)
    stopped = threading.Event()
    open_streams: set[int] = set()

    @app.get("/stream", doc_ui=False)
    @allow_everyone
    def stream() -> Response:
        def beats() -> Iterator[bytes]:
            me = threading.get_native_id()
            open_streams.add(me)
            try:
                while not stopped.is_set():
                    yield b"event: heartbeat\ndata: {}\n\n"
                    stopped.wait(0.1)
            finally:
                open_streams.discard(me)

        return Response(beats(), content_type="text/event-stream")

    @app.get("/streams", doc_ui=False)
    @allow_everyone
    def streams() -> Answer:
        return {"open": len(open_streams)}

    runtime_of(app).add("streams", stopped.clear, stopped.set)
    return app


if __name__ == "__main__":
    serve(Settings(folder=Path(sys.argv[1]), max_streams=int(sys.argv[2]), port=int(sys.argv[3])), load)
