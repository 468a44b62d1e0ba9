"""A control plane that is asked through its API in thousands of requests: no kubectl, no kubelets, no controllers."""

import http.client
import json
import re
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle.plane import KUBERNETES, Plane
from tests.oracle.record import BUILT

QUOTED = r'"(?:[^"\\]|\\.)*"'
_PAIR = re.compile(rf"(\w+)=({QUOTED}|\S+)")


class BarePlane(Plane):
    """`more` are arguments for programs by their name, `config` the scheduler's configuration on top of the usual."""

    more: Mapping[str, tuple[str, ...]] = {}
    profiles: list[Mapping[str, Any]] | None = None

    def start(self, name: str, program: Any, *arguments: str) -> None:
        if name == "kube-scheduler" and self.profiles is not None:
            path = self.folder / "scheduler.yaml"
            path.write_text(json.dumps({**json.loads(path.read_text()), "profiles": self.profiles}))
        super().start(name, program, *arguments, *self.more.get(name, ()))


@dataclass(frozen=True)
class Reply:
    code: int
    body: Any


class Api:
    """The API server as an administrator asks it, over one connection."""

    def __init__(self, plane: Plane) -> None:
        context = ssl.create_default_context(cafile=str(plane.folder / "certs" / "apiserver.crt"))
        self._link = http.client.HTTPSConnection("127.0.0.1", 6443, context=context, timeout=60)
        told = json.loads((plane.folder / "observer.kubeconfig").read_text())
        self._token = told["users"][0]["user"]["token"]

    def ask(self, verb: str, path: str, body: Any = None, kind: str = "application/json") -> Reply:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Accept": "application/json"}
        self._link.request(verb, path, data, headers)
        answer = self._link.getresponse()
        return Reply(answer.status, json.loads(answer.read() or b"null"))

    def must(self, verb: str, path: str, body: Any = None) -> Any:
        reply = self.ask(verb, path, body)
        if reply.code >= 300:
            raise RuntimeError(f"{verb} {path}: {reply.code} {reply.body.get('message')}")
        return reply.body

    def have_namespace(self, name: str) -> None:
        """Makes it where it is not there."""
        if self.ask("GET", f"/api/v1/namespaces/{name}").code == 404:
            self.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})


@contextmanager
def bare_api() -> Iterator[Api]:
    """An API server with its etcd and nobody else, until it is no longer asked."""
    folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
    plane = BarePlane(folder, BUILT / "bin" / f"kubernetes-{KUBERNETES.rpartition('.')[0]}", BUILT / "bin" / "etcd-3.7")
    plane.more = {"kube-apiserver": ("--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",)}
    try:
        plane.start_etcd()
        plane.start_api_server()
        yield Api(plane)
    finally:
        plane.close()


def pairs(line: str) -> dict[str, str]:
    """The `key="value"` of a line of klog."""
    return {key: _unquoted(text) for key, text in _PAIR.findall(line)}


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text[:1] == '"' else text
    except ValueError:  # a Go escape that JSON has not; no text that is compared holds one
        return text
