"""Servers on loopback that carry a case to somebody else, and remember what they were sent."""

import dataclasses
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclasses.dataclass
class Seen:
    """What a server on loopback was sent."""

    port: int
    requests: list[tuple[str, dict[str, str], bytes]] = dataclasses.field(default_factory=list)
    answers: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)


@contextmanager
def github(settings: Any) -> Iterator[Seen]:
    """GitHub's API, as far as a private report needs it; ``answers`` are given in their order, then 201."""
    seen = Seen(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, content = seen.answers.pop(0) if seen.answers else (201, b'{"ghsa_id": "GHSA-aaaa-bbbb-cccc"}')
            if status == 0:
                self.close_connection = True  # as a server that falls over in the middle
                return
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the class
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.SEAWALL = dataclasses.replace(
        settings.SEAWALL, github_token="ghp_test", github_api=f"http://127.0.0.1:{seen.port}"
    )
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def smtp(settings: Any) -> Iterator[Seen]:  # noqa: C901 - a protocol
    """A mail server: the least of RFC 5321 that a client needs; ``answers`` change what it says to RCPT and to the end of DATA."""
    seen = Seen(0)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:  # noqa: C901 - as above
            def say(text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")

            say("220 test")
            while line := self.rfile.readline():
                verb = line.decode().strip().upper()
                if verb.startswith(("EHLO", "HELO", "MAIL", "RSET", "NOOP")):
                    say("250 ok")
                elif verb.startswith("RCPT"):
                    if seen.answers and seen.answers[0][1] == b"rcpt":
                        say(f"{seen.answers.pop(0)[0]} no")
                    else:
                        say("250 ok")
                elif verb.startswith("DATA"):
                    say("354 go on")
                    data = b""
                    while (line := self.rfile.readline()) != b".\r\n":
                        data += line
                    seen.requests.append(("DATA", {}, data))
                    if seen.answers:
                        code = seen.answers.pop(0)[0]
                        if code == 0:
                            return
                        say(f"{code} said")
                    else:
                        say("250 queued")
                elif verb.startswith("QUIT"):
                    say("221 bye")
                    return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.SEAWALL = dataclasses.replace(
        settings.SEAWALL, smtp_url=f"smtp+plain://127.0.0.1:{seen.port}", mail_from="cases@clearinghouse.example"
    )
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()
