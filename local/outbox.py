"""Whatever the system would have sent to people: one JSON line each, in the stack's outbox."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.place import HOST


def deliver(
    outbox: Path, *, canal: str, destino: str, assunto: str, corpo: str, atributos: dict[str, Any]
) -> None:
    line = {"canal": canal, "destino": destino, "assunto": assunto, "corpo": corpo, "atributos": atributos}
    handle = os.open(outbox, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o644)
    try:
        os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())  # one write: lines never mix
    finally:
        os.close(handle)


def lines(outbox: Path) -> list[str]:
    """What was sent so far, a line of JSON each: one that is half written is left out."""
    whole = outbox.read_bytes().rpartition(b"\n")[0] if outbox.exists() else b""
    return [line.decode() for line in whole.splitlines()]


def receive_slack(outbox: Path) -> str:
    """Starts Slack's webhook on a free port and answers with its URL."""

    class Webhook(BaseHTTPRequestHandler):
        wbufsize = -1

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = message.pop("text", "")
            deliver(
                outbox,
                canal="slack",
                destino=message.pop("channel", self.path),
                assunto="",
                corpo=text,
                atributos=message,
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """The outbox is the log."""

    server = ThreadingHTTPServer((HOST, 0), Webhook)
    threading.Thread(target=server.serve_forever, name="slack", daemon=True).start()
    return f"http://{HOST}:{server.server_port}/services/local"
