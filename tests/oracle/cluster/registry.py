"""A registry on the node's loopback device that serves the images made here, for every registry's name."""

import json
import sys
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shutil import copyfileobj

from tests.oracle.cluster.images import blob, manifest_of

PORT = 5000


class Registry(BaseHTTPRequestHandler):
    """What a runtime asks when it pulls: the manifest of a tag or digest, and blobs."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, format: str, *arguments: object) -> None:
        print(format % arguments, file=sys.stderr, flush=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0].removeprefix("/v2/")
        repository, _, manifest = path.partition("/manifests/")
        file = manifest_of(repository, manifest) if manifest else blob(path.partition("/blobs/")[2] or "none")
        if path and not (file and file.is_file()):
            self._send(404, "application/json", b"{}" if with_body else b"", 2)
        elif not path or manifest:
            body = file.read_bytes() if path and file else b"{}"
            kind = json.loads(body).get("mediaType", "application/json")
            self._send(200, kind, body if with_body else b"", len(body), sha256(body).hexdigest())
        elif file:
            self._send(200, "application/octet-stream", b"", file.stat().st_size, file.name)
            if with_body:
                with file.open("rb") as content:
                    copyfileobj(content, self.wfile)

    def _send(self, status: int, kind: str, body: bytes, size: int, digest: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        if digest:
            self.send_header("Docker-Content-Digest", f"sha256:{digest}")
        self.end_headers()
        self.wfile.write(body)


def main() -> int:
    ThreadingHTTPServer(("127.0.0.1", PORT), Registry).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
