"""A real HTTPS server on 127.0.0.1, with a certificate made for it."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.catalog.hands import pem_of, private_key

__all__ = ["Door", "serving", "tls_certificate"]

HOME = "127.0.0.1"


@dataclass(slots=True)
class Door:
    """What the server answers, by path, and what it was asked for.

    Attributes:
        answers: bytes; or a function that answers by itself.
        asked: the paths, in order.
        url: of the server, without a slash at its end.
    """

    answers: dict[str, bytes | Callable[[BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("content-length", 0))
        request.rfile.read(length)
        self.asked.append(request.path)
        found = self.answers.get(request.path)
        if callable(found):
            found(request)
        else:
            reply(request, 404 if found is None else 200, found or b"")


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, location: str = "") -> None:
    request.send_response(status)
    request.send_header("content-length", str(len(body)))
    if location:
        request.send_header("location", location)
    request.end_headers()
    request.wfile.write(body)


def slowly(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """One byte at a time, so that no single read takes long."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("content-length", "1000")
        request.end_headers()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            request.wfile.write(b" ")
            time.sleep(0.02)

    return answer


@contextmanager
def serving(folder: Path, *, name: str = HOME) -> Iterator[Door]:
    """A server whose certificate, its own authority, is in `folder / "ca.pem"`.

    Args:
        folder: for its certificate.
        name: the address that its certificate is for.
    """
    door = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                door.answer(self)
            except OSError:
                return  # the client has seen enough

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = _Quiet((HOME, 0), Handler)
    server.socket = _context(folder, name).wrap_socket(server.socket, server_side=True)
    door.url = f"https://{HOME}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not like the certificate is no news."""


def _context(folder: Path, name: str) -> ssl.SSLContext:
    key = private_key("ecdsa")
    (folder / "ca.pem").write_bytes(tls_certificate(name, key))
    (folder / "key.pem").write_text(pem_of(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def tls_certificate(address: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate of its own authority, for that IP address."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)
