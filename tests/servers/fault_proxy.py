"""A proxy before a real S3 server that does, on script, what bad days do.

``proxy.script(Fault("UploadPart", answer(503, retry_after=1), times=2))``: the next two requests of
that kind get that; the others go through, unchanged and with their signatures.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from urllib.parse import parse_qs, urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "expect"}


@dataclass(frozen=True)
class Answer:
    """What a server says."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class BlackHole:
    """Takes connections, and never answers; ``tries`` is how many there were."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._taken: list[socket.socket] = []
        self._is_over = False
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def tries(self) -> int:
        """How many connections there were."""
        return len(self._taken)

    def close(self) -> None:
        """Be no more."""
        self._is_over = True
        with socket.create_connection(self._listener.getsockname()):
            self._thread.join()
        for each in (*self._taken, self._listener):
            each.close()

    def _take(self) -> None:
        while True:
            taken, _ = self._listener.accept()
            if self._is_over:
                taken.close()
                return
            self._taken.append(taken)


class Exchange:
    """One request on its way; an action decides what becomes of it."""

    def __init__(self, handler: _Handler, proxy: FaultProxy) -> None:
        self._handler = handler
        self._proxy = proxy
        self._body: bytes | None = None
        self.operation = operation_of(handler.command, handler.path)
        self.path = handler.path

    def body(self) -> bytes:
        """All that the client sends."""
        if self._body is None:
            if self._handler.headers.get("Expect", "").lower() == "100-continue":
                self._handler.send_response_only(100)
                self._handler.end_headers()
            length = int(self._handler.headers.get("Content-Length") or 0)
            self._body = self._handler.rfile.read(length)
        return self._body

    def read_some(self, count: int) -> None:
        """Read the beginning of the body."""
        if self._handler.headers.get("Expect", "").lower() == "100-continue":
            self._handler.send_response_only(100)
            self._handler.end_headers()
        self._handler.rfile.read(count)

    def forward(self) -> Answer:
        """What the real server answers."""
        return self._proxy.forward(self._handler, self.body())

    def answer(self, answer: Answer) -> None:
        """Answer the client."""
        self.send(answer, len(answer.body))

    def send(self, answer: Answer, count: int) -> None:
        """Answer the client, with only so many bytes of the body."""
        self.body()
        handler = self._handler
        handler.send_response_only(answer.status)
        for name, value in answer.headers:
            handler.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in answer.headers}:
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer.body[:count])
        handler.wfile.flush()

    def reset(self) -> None:
        """End the connection as a crash does (RST)."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.close_connection = True
        # The stream's files hold the socket too; only with them closed does it end now.
        self._handler.connection.shutdown(socket.SHUT_RD)
        self._handler.rfile.close()
        with suppress(OSError):
            self._handler.wfile.close()
        self._handler.connection.close()

    def close(self) -> None:
        """End the connection after this answer."""
        self._handler.close_connection = True

    def hang(self) -> None:
        """Say nothing until the client has gone or the proxy ends."""
        self._handler.close_connection = True
        connection = self._handler.connection
        connection.settimeout(0.1)
        while not self._proxy.is_ending:
            with suppress(TimeoutError):
                if not connection.recv(65536):
                    return


Action = Callable[[Exchange], None]


@dataclass
class Fault:
    """What happens to the next ``times`` requests of an operation (``*``: any), after ``after``."""

    operation: str
    action: Action
    times: int = 1
    after: int = 0


def answer(status: int, code: str = "", **headers: str) -> Action:
    """The server answers an error of S3's; ``retry_after="2"`` becomes the header."""
    body = f"<Error><Code>{code}</Code><Message>{code}: secret inside</Message></Error>".encode()
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    dated = (("Date", formatdate(time(), usegmt=True)), ("Content-Type", "application/xml"))
    said = Answer(status, (*dated, *given), body if code else b"")
    return lambda exchange: exchange.answer(said)


def of_these(names: Collection[str], action: Action) -> Action:
    """What happens to requests for objects with one of these names; others get through."""

    def act(exchange: Exchange) -> None:
        if any(name in exchange.path for name in names):
            action(exchange)
        else:
            exchange.answer(exchange.forward())

    return act


def in_turn(*actions: Action) -> Action:
    """One after another, again and again."""
    turn = itertools.cycle(actions)

    def act(exchange: Exchange) -> None:
        next(turn)(exchange)

    return act


def xml(body: str) -> Action:
    """The server says 200, with this body."""
    said = Answer(200, (("Content-Type", "application/xml"),), body.encode())
    return lambda exchange: exchange.answer(said)


def hang(exchange: Exchange) -> None:
    """The server says nothing."""
    exchange.body()
    exchange.hang()


def reset_in_mid_part(exchange: Exchange) -> None:
    """The connection breaks after a part of the body."""
    exchange.read_some(100_000)
    exchange.reset()


def lose_it(exchange: Exchange) -> None:
    """The server takes what it gets, says so, and forgets it."""
    exchange.body()
    exchange.answer(Answer(200, (("ETag", '"0123456789abcdef0123456789abcdef"'),)))


def do_it_and_fail(exchange: Exchange) -> None:
    """The server does it, and the answer is lost."""
    exchange.forward()
    exchange.reset()


def break_answer(count: int) -> Action:
    """The connection breaks after so many bytes of the answer."""

    def act(exchange: Exchange) -> None:
        exchange.send(exchange.forward(), count)
        exchange.reset()

    return act


def end_answer(count: int) -> Action:
    """The connection is closed, as if all were said, after so many bytes of the answer."""

    def act(exchange: Exchange) -> None:
        exchange.send(exchange.forward(), count)
        exchange.close()

    return act


def shift_clock(seconds: float) -> Action:
    """The server answers, with its clock so far ahead."""

    def act(exchange: Exchange) -> None:
        said = exchange.forward()
        kept = tuple(each for each in said.headers if each[0].lower() != "date")
        date = ("Date", formatdate(time() + seconds, usegmt=True))
        exchange.answer(Answer(said.status, (*kept, date), said.body))

    return act


def operation_of(method: str, target: str) -> str:
    """S3's name of a request."""
    parts = urlsplit(target)
    query = parse_qs(parts.query, keep_blank_values=True)
    is_bucket = "/" not in parts.path.strip("/")
    if is_bucket:
        for name, operation in _OF_BUCKETS.items():
            if name in query:
                return operation
        return {"HEAD": "HeadBucket"}.get(method, method)
    for (verb, name), operation in _OF_OBJECTS.items():
        if verb == method and (not name or name in query):
            return operation
    return method


_OF_BUCKETS = {
    "list-type": "ListObjectsV2",
    "delete": "DeleteObjects",
    "uploads": "ListMultipartUploads",
    "versioning": "GetBucketVersioning",
    "versions": "ListObjectVersions",
    "object-lock": "GetObjectLockConfiguration",
}
_OF_OBJECTS = {
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("PUT", ""): "PutObject",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("DELETE", ""): "DeleteObject",
}


class FaultProxy:
    """The script, and what has come by; use ``fault_proxy``."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.is_ending = False
        self.url = ""

    def script(self, *faults: Fault) -> None:
        """What is to happen from now on, in place of what was scripted before."""
        with self._lock:
            self._faults = list(faults)
            self.seen.clear()
            self.requests.clear()

    def handle(self, handler: _Handler) -> None:
        """Let one request meet its fate."""
        exchange = Exchange(handler, self)
        action = self._fate(exchange.operation, handler)
        if action is None:
            exchange.answer(exchange.forward())
        else:
            action(exchange)

    def _fate(self, operation: str, handler: _Handler) -> Action | None:
        with self._lock:
            self.seen[operation] += 1
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.requests.append((operation, handler.path, headers))
            for fault in self._faults:
                if fault.operation not in {"*", operation} or not fault.times:
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault.action
        return None

    def forward(self, handler: _Handler, body: bytes) -> Answer:
        """What the real server says to the very same request."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=20)
        try:
            connection.putrequest(
                handler.command, handler.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in handler.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            headers = tuple(
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in _HOP_BY_HOP
            )
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    proxy: FaultProxy

    def handle_expect_100(self) -> bool:
        return True

    def _meet(self) -> None:
        self.proxy.handle(self)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is what this is for."""


for _method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
    setattr(_Handler, f"do_{_method}", _Handler._meet)


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy before the server at ``upstream``, which lets everything through at first."""
    proxy = FaultProxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = _Server(("127.0.0.1", 0), handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.is_ending = True
        server.shutdown()
        server.server_close()
        thread.join()
