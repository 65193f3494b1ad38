"""The page behind a link: shows what a token would do, and does it when its button is pressed.

Does:   answers GET with a page in French and English that says what happens, POST by taking the approval.
Never:  acts on GET or HEAD: scanners of links open them and must release nothing. Shows content or an
        address; logs a token; lets a browser, a proxy or another site keep or frame the page.
Fails:  ``OSError`` at start when the port is taken; every refusal is a page with its reason and status.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from hygie_milter.approvals.desk import Refused

log: Final = logging.getLogger("hygie")

PREFIX: Final = "/release/"
_SECONDS: Final = 10.0
_BODY_MAX: Final = 4096
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_STATUS: Final = {
    "used": HTTPStatus.CONFLICT,
    "expired": HTTPStatus.GONE,
    "gone": HTTPStatus.GONE,
    "failed": HTTPStatus.SERVICE_UNAVAILABLE,
}
REASONS: Final = {
    "forged": ("Ce lien n'est pas valable.", "This link is not valid."),
    "unknown": ("Ce lien n'est plus connu.", "This link is no longer known."),
    "expired": ("Ce lien a expiré.", "This link has expired."),
    "used": ("Ce lien a déjà servi.", "This link was used already."),
    "gone": ("Le message n'attend plus.", "The message no longer waits."),
    "failed": (
        "Le message n'a pas pu partir. Réessayez, ou appelez l'équipe de sécurité.",
        "The message could not leave. Try again, or call the security team.",
    ),
}
RELEASED: Final = ("Le message est parti.", "The message has left.")
WAITING: Final = (
    "Votre accord est enregistré. Le message partira avec le second accord.",
    "Your approval is recorded. The message leaves with the second one.",
)


def ask(reference: str, others: int) -> str:
    """Return the page that asks for confirmation."""
    then = (
        ("Le message partira aussitôt, par la messagerie ordinaire.", "It leaves at once, by ordinary mail.")
        if not others
        else ("Le message partira avec le second accord.", "It leaves with the second approval.")
    )
    french, english = (html.escape(text) for text in then)
    return _page(
        f"<h1>Laisser partir le message {html.escape(reference)} ?</h1>"
        "<p>Il est retenu parce qu'il semble contenir des données de santé d'une personne. "
        f"{french} Votre accord est inscrit au journal.</p>"
        f'<p lang="en">Let this message go? It is held because it seems to hold health data about a person. '
        f"{english} Your approval is written into the journal.</p>"
        '<form method="post"><button>Laisser partir / Let it go</button></form>'
    )


def say(texts: tuple[str, str]) -> str:
    """Return a page that says one thing."""
    return _page(f'<h1>{html.escape(texts[0])}</h1><p lang="en">{html.escape(texts[1])}</p>')


def _page(body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Hygie</title>'
        f'<meta name="viewport" content="width=device-width"></head><body>{body}</body></html>\n'
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], look: Callable[[str], tuple[str, int]], approve: Callable[[str], bool]
    ) -> None:
        self.look = look
        self.approve = approve
        super().__init__(address, _Handler)

    def handle_error(self, *_request: Any) -> None:
        """Say nothing: a client that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS
    server: _Server
    server_version = "hygie"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(lambda token: ask(*self.server.look(token)))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > _BODY_MAX:
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, say(REASONS["forged"]))
            return
        self.rfile.read(int(length))
        self._answer(lambda token: say(RELEASED if self.server.approve(token) else WAITING))

    def _answer(self, page: Callable[[str], str]) -> None:
        token = self.path.removeprefix(PREFIX) if self.path.startswith(PREFIX) else ""
        try:
            self._send(HTTPStatus.OK, page(token))
        except Refused as refused:
            reason = str(refused)
            self._send(_STATUS.get(reason, HTTPStatus.NOT_FOUND), say(REASONS[reason]))
        except OSError as error:
            log.error("approval failed error=%s", type(error).__name__)  # noqa: TRY400 - one line
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, say(REASONS["failed"]))

    def _send(self, status: HTTPStatus, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing: a path holds a token."""


def make_server(
    address: tuple[str, int], look: Callable[[str], tuple[str, int]], approve: Callable[[str], bool]
) -> ThreadingHTTPServer:
    """Bind the address; raises ``OSError``.

    ``look`` returns a token's reference and how many other approvals are needed; ``approve`` whether the
    message was let go. Both raise :class:`~hygie_milter.approvals.desk.Refused`.
    """
    return _Server(address, look, approve)
