"""A small API server that answers kubectl's reading from the last state of a recording."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.witness.recording import Recording

_RESOURCES = (("pods", "Pod", True), ("events", "Event", True), ("nodes", "Node", False), ("pods/log", "Pod", True))
_OBJECT = re.compile(
    r"/api/v1/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<kind>pods|nodes|events)(?:/(?P<name>[^/]+))?(?P<log>/log)?"
)


def answer(recording: Recording, path: str, log: str) -> tuple[int, Any]:
    """Status and body of a GET."""
    asked = urlsplit(path)
    if asked.path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if asked.path == "/apis":
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    if asked.path == "/api/v1":
        listed = [
            {"name": name, "singularName": "", "namespaced": inside, "kind": kind, "verbs": ["get", "list"]}
            for name, kind, inside in _RESOURCES
        ]
        return 200, {"kind": "APIResourceList", "groupVersion": "v1", "resources": listed}
    match = _OBJECT.fullmatch(asked.path)
    if match is None:
        return 404, _missing(asked.path)
    if match["log"]:
        return 200, log
    kind = {"pods": "Pod", "nodes": "Node", "events": "Event"}[match["kind"]]
    things = _last(recording, kind)
    if match["name"]:
        found = next((each for each in things if each["metadata"]["name"] == match["name"]), None)
        return (200, found) if found else (404, _missing(f'{match["kind"]} "{match["name"]}" not found'))
    wanted = parse_qs(asked.query).get("fieldSelector", [""])[0].partition("involvedObject.name=")[2]
    things = [each for each in things if not wanted or each.get("involvedObject", {}).get("name") == wanted]
    return 200, {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {}, "items": things}


def _last(recording: Recording, kind: str) -> list[Mapping[str, Any]]:
    states = [seen[-1] for key, seen in recording.objects.items() if key.startswith(f"{kind}/")]
    return [{"apiVersion": "v1", "kind": kind, **each.object} for each in states if each.type != "DELETED"]


def _missing(message: str) -> Mapping[str, Any]:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
    return {**status, "message": message}


@contextmanager
def serving(recording: Recording, folder: Path, log: str = "") -> Iterator[tuple[Path, list[str]]]:
    """A kubeconfig that leads to a server with the recording's objects, and the requests that come in."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"GET {self.path}")
            status, body = answer(recording, self.path, log)
            sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def _refuse(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(405)

        do_POST = do_PUT = do_PATCH = do_DELETE = _refuse  # noqa: N815  the names that the library calls

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    config = folder / "kubeconfig"
    config.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "default"}}],
                "current-context": "x",
            }
        )
    )
    try:
        yield config, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
