"""A webhook's receiver, as a notification service would write it: it handles each id once."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Receiver:
    """Serves on loopback from `with` to its end."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        """The id of each request."""
        self.messages: dict[str, dict[str, Any]] = {}
        """What was told, by id, in the order of arrival."""
        self.refuse = False
        """Answer 503 to what is new."""
        self.silent = False
        """Take what comes, and never answer."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def told(self) -> list[str]:
        """All items that were told, as "video product kind code"."""
        with self._lock:
            return [
                " ".join(filter(None, (each["video_id"], each["product_id"], each["kind"], each.get("code"))))
                for message in self.messages.values()
                for each in message["items"]
            ]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Handle a request; returns the answer's status."""
        message = Webhook(SECRET).verify(body, headers)
        with self._lock:
            if self.refuse:
                return 503
            self.attempts.append(headers["webhook-id"])
            known = self.messages.setdefault(headers["webhook-id"], message)
            assert known == message, "another message under the same id"
            return 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver.take(headers, body)
                if receiver.silent:
                    self.rfile.read()  # until the notifier is gone
                    return
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
