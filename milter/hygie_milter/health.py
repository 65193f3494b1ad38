"""The operators' HTTP endpoint: /metrics, /healthz, /readyz, on loopback.

Does:   answers GET with the registry, "alive", and whether messages can be decided now.
Never:  listens beyond what the settings say, nor logs a request.
Fails:  ``OSError`` at start when the port is taken; a broken request gets 404.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

_REQUEST_SECONDS: Final = 10.0
"""A client that takes longer is hung up on: its thread and descriptor are mail's."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_request: Any) -> None:
        """Say nothing: a client that hangs up is no event."""


class HealthServer:
    """Serves until :meth:`stop`. ``ready`` returns None when ready, else why not, in one line."""

    def __init__(
        self,
        address: tuple[str, int],
        registry: CollectorRegistry,
        ready: Callable[[], str | None],
        refresh: Callable[[], None],
    ) -> None:
        """Bind the address; raises ``OSError``."""

        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_SECONDS

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    refresh()
                    encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                    self._answer(HTTPStatus.OK, encode(registry), content_type)
                elif self.path == "/healthz":
                    self._answer(HTTPStatus.OK, b"alive\n")
                elif self.path == "/readyz":
                    why_not = ready()
                    status = HTTPStatus.OK if why_not is None else HTTPStatus.SERVICE_UNAVAILABLE
                    self._answer(status, f"{why_not or 'ready'}\n".encode())
                else:
                    self._answer(HTTPStatus.NOT_FOUND, b"/metrics /healthz /readyz\n")

            def _answer(
                self, status: HTTPStatus, body: bytes, content_type: str = "text/plain; charset=utf-8"
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """Say nothing: a request is no event."""

        server_class = (
            type("_Server6", (_Server,), {"address_family": socket.AF_INET6})
            if ":" in address[0]
            else _Server
        )
        self._server = server_class(address, Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
