"""S3's client before a server on a real socket: what botocore makes of an answer no stub can show."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config


def served(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """At a free port, until `server_close`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def answered_by(answer: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
    """As `served`, where one function answers all that S3's client may ask."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            answer(self)

        def handle_expect_100(self) -> bool:
            is_going_on = super().handle_expect_100()
            self.wfile.flush()  # who puts an object waits a second for it
            return is_going_on

        do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None: ...

    return served(Handler)


def client_of(server: ThreadingHTTPServer) -> Any:
    """One try a request: what is repeated is who asks."""
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
