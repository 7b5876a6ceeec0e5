"""A Rasa server as far as we speak to one: POST /model/parse over real HTTP, answering as a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], tuple[int, bytes]]


def ranked(*intents: tuple[str, float]) -> tuple[int, bytes]:
    """An answer in Rasa's shape."""
    ranking = [{"name": name, "confidence": confidence} for name, confidence in intents]
    return 200, json.dumps({"intent": ranking[0], "entities": [], "intent_ranking": ranking}).encode()


@dataclass
class StubRasa:
    """What was asked, and what will be answered. `delay` seconds pass before an answer."""

    answer: Answer = lambda _: ranked(("greet", 1.0))
    delay: float = 0.0
    asked: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    hang_up_after: int | None = None
    """Close each connection after so many answers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(stub: StubRasa) -> Iterator[StubRasa]:
    """Serve on a free loopback port; nobody listens there any more afterwards."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            stub.connections += 1
            self.answered = 0

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.asked.append(body["text"])
            stub.paths.append(self.path)
            time.sleep(stub.delay)
            status, answer = stub.answer(body["text"])
            self.answered += 1
            if stub.hang_up_after is not None and self.answered >= stub.hang_up_after:
                self.close_connection = True  # without saying so, as a server that was restarted
            with suppress(ConnectionError):  # the asker's deadline may be over
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.port = server.server_address[1]
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
