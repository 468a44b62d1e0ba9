"""A Service and its endpoints out of what kubectl prints for people, where that holds everything that is needed.

kubectl pkg/describe/describe.go, describeService and describeEndpoints (v0.36.3), and the table of `get endpoints`.
"""

import json
import re
from typing import Any

from app.kube.digits import is_whole
from app.kube.paste.describe import Entry, inner, listed, read_description, value_of
from app.kube.paste.table import CUT

NOT_PRINTED = ("ClientIP",)
"""Session affinities of which `kubectl describe` leaves out the timeout."""


def service_of_description(text: str) -> str | None:
    """The Service as JSON, or None when something that the rules depend on is not in the description."""
    entries = read_description(text)
    if value_of(entries, "Session Affinity") in NOT_PRINTED:
        return None
    ports = _ports(entries)
    kind = value_of(entries, "Type")
    if not value_of(entries, "Name") or not kind or (not ports and kind != "ExternalName"):
        return None
    address = next((entry.value for entry in entries if entry.name == "IP"), "")
    spec: dict[str, Any] = {"type": kind, "ports": ports}
    if kind != "ExternalName" and address:
        spec["clusterIP"] = "None" if address == "None" else address
    for key, name in _TEXTS.items():
        if value := value_of(entries, name):
            spec[key] = value
    for key, name in _LISTS.items():
        if values := listed(value_of(entries, name)):
            spec[key] = values
    if is_whole(port := value_of(entries, "HealthCheck NodePort")):
        spec["healthCheckNodePort"] = int(port)
    metadata = {"name": value_of(entries, "Name"), "namespace": value_of(entries, "Namespace") or "default"}
    ingress = [{"ip": found} for found in re.findall(r"[0-9a-fA-F.:]{3,45}", value_of(entries, "LoadBalancer Ingress"))]
    status = {"loadBalancer": {"ingress": ingress}} if ingress else {}
    return json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": status})


_TEXTS = {
    "externalName": "External Name",
    "externalTrafficPolicy": "External Traffic Policy",
    "internalTrafficPolicy": "Internal Traffic Policy",
}
_LISTS = {"externalIPs": "External IPs", "loadBalancerSourceRanges": "LoadBalancer Source Ranges"}


def _ports(entries: list[Entry]) -> list[dict[str, Any]]:
    """One port for each line `Port`, with the lines up to the next one."""
    ports: list[dict[str, Any]] = []
    for entry in entries:
        words = entry.value.split()
        number, _, protocol = words[-1].partition("/") if words else ("", "", "")
        if entry.name == "Port" and is_whole(number):
            name = words[0] if len(words) > 1 and words[0] != "<unset>" else ""
            ports.append({"name": name, "port": int(number), "protocol": protocol or "TCP"})
        elif entry.name == "TargetPort" and ports:
            ports[-1]["targetPort"] = int(number) if is_whole(number) else number
        elif entry.name == "NodePort" and ports and is_whole(number):
            ports[-1]["nodePort"] = int(number)
    return ports


def endpoints_in_description(text: str) -> str:
    """The lines `ip:port` that a Service's description lists, empty when it cuts any list off or has several ports."""
    found = [entry.value for entry in read_description(text) if entry.name == "Endpoints"]
    if len(found) != 1 or CUT.search(found[0]):
        return ""
    return "\n".join(listed(found[0]))


def endpoints_of_description(text: str) -> str | None:
    """An Endpoints object as JSON from `kubectl describe endpoints`."""
    entries = read_description(text)
    subsets: list[dict[str, Any]] = []
    for entry in entries:
        if entry.name == "Subsets":
            _read_subsets(entry.below, subsets)
    if not value_of(entries, "Name"):
        return None
    metadata = {"name": value_of(entries, "Name"), "namespace": value_of(entries, "Namespace") or "default"}
    return json.dumps({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets})


def _read_subsets(lines: tuple[str, ...], subsets: list[dict[str, Any]]) -> None:
    for name, value in inner(lines):
        if name == "Addresses":
            subsets.append({"addresses": [{"ip": ip} for ip in listed(value)], "ports": []})
        elif name == "NotReadyAddresses" and subsets:
            subsets[-1]["notReadyAddresses"] = [{"ip": ip} for ip in listed(value)]
        elif not name and subsets:
            words = value.split()
            if len(words) == 3 and is_whole(words[1]):
                port = {"name": "" if words[0] == "<unset>" else words[0], "port": int(words[1]), "protocol": words[2]}
                subsets[-1]["ports"].append(port)
