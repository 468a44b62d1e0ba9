"""A validating webhook of ours at a Service's address: what it answers is our input, how the API server asks is not.

    python -m tests.oracle.webhook ADDRESS CERTIFICATE KEY ANSWER

ANSWER is a file with {"allowed", "message"}, read for each review.
"""

import json
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "pod-policy.platform.svc"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for the Service's name, which is its own authority."""
    certificate, key = folder / "webhook.crt", folder / "webhook.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={HOST}"),
            *("-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


class Webhook(BaseHTTPRequestHandler):
    answer: Path

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["content-length"])))
        told: dict[str, Any] = json.loads(self.answer.read_text())
        response: dict[str, Any] = {"uid": review["request"]["uid"], "allowed": told["allowed"]}
        if not told["allowed"]:
            response["status"] = {"message": told["message"], "reason": "Forbidden", "code": 403}
        body = json.dumps({**review, "request": None, "response": response}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    address, certificate, key, answer = sys.argv[1:]
    Webhook.answer = Path(answer)
    server = ThreadingHTTPServer((address, 443), Webhook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
