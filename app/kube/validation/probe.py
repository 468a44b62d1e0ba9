"""A container's probes. pkg/apis/core/validation/validation.go, validateProbe and validateHandler (kubernetes v1.37.2).

HTTP's `protocol` and gRPC's `mode` are left aside: their gates are alpha, and the API server drops the fields.
"""

import re
from collections.abc import Iterator

from app.kube.paste.part import Part
from app.kube.validation.default import Filled, absent
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import port_name, port_number

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
"""In the order in which they are looked at."""
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
DEFAULTS = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
"""SetDefaults_Probe: what a 0 becomes as well."""

_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_GRACE = "terminationGracePeriodSeconds"
_HEADER = "[-A-Za-z0-9]+"
_HEADER_SAID = (
    "a valid HTTP header must consist of alphanumeric characters or '-'"
    f" (e.g. 'X-Header-Name', regex used for validation is '{_HEADER}')"
)


def probe_faults(container: Part) -> Iterator[Fault]:
    """The probes of a container that may have some: a regular one, or an init container that is restarted always."""
    for key in PROBES:
        if key in container:
            yield from _probe_faults(container.part(key), key)


def forbidden_probe_faults(container: Part) -> Iterator[Fault]:
    """validateInitContainers: one that runs to its end is not probed."""
    for key in PROBES:
        if key in container:
            yield At(container, (key,)).forbidden("may not be set for init containers without restartPolicy=Always")


def number(probe: Part, key: str) -> int:
    """The field with its default in place."""
    return probe.integer(key) or DEFAULTS.get(key, 0)


def probe_defaults(probe: Part) -> Iterator[Filled]:
    """SetDefaults_Probe and SetDefaults_HTTPGetAction."""
    if "httpGet" in probe:
        yield from absent(probe.part("httpGet"), path="/", scheme="HTTP")
    for key, value in DEFAULTS.items():
        if not probe.integer(key):
            yield from absent(Part(probe.document, probe.path, {}), **{key: value})


def _probe_faults(probe: Part, key: str) -> Iterator[Fault]:
    yield from _handler_faults(probe)
    for name in _NUMBERS:
        if (value := number(probe, name)) < 0:
            yield At(probe, (name,)).invalid(value, "must be greater than or equal to 0", "number")
    grace = probe.integer(_GRACE, -(2**63), 2**63 - 1)
    if grace is not None and grace <= 0:
        yield At(probe, (_GRACE,)).invalid(grace, "must be greater than 0", "number")
    if key == "readinessProbe":
        if grace is not None:
            yield At(probe, (_GRACE,)).invalid(grace, "must not be set for readinessProbes", "leave-out")
    elif (successes := number(probe, "successThreshold")) != 1:
        yield At(probe, ("successThreshold",)).invalid(successes, "must be 1", "number")


def _handler_faults(probe: Part) -> Iterator[Fault]:
    """validateHandler: exactly one way of asking; what a second one says is not looked at."""
    written = [key for key in HANDLERS if key in probe]
    if not written:
        yield At(probe).required("must specify a handler type")
        return
    first, *others = written
    handler = probe.part(first)
    if first == "exec" and not handler.items("command"):
        yield At(handler, ("command",)).required()
    elif first == "httpGet":
        yield from _http_faults(handler)
    elif first != "exec":
        yield from _port_faults(handler)
    for other in others:
        yield At(probe, (other,)).forbidden("may not specify more than 1 handler type")


def _http_faults(handler: Part) -> Iterator[Fault]:
    yield from _port_faults(handler)
    scheme = handler.text("scheme") or "HTTP"
    if scheme not in ("HTTP", "HTTPS"):
        yield At(handler, ("scheme",)).not_supported(scheme, ("HTTP", "HTTPS"))
    for header in handler.parts("httpHeaders"):
        if not re.fullmatch(_HEADER, name := header.text("name")):
            yield At(handler, ("httpHeaders",)).invalid(name, _HEADER_SAID, "name")


def _port_faults(handler: Part) -> Iterator[Fault]:
    """ValidatePortNumOrName."""
    at = At(handler, ("port",))
    value = handler.content.get("port")
    if isinstance(value, str):
        yield from at.each(value, port_name(value), "port")
    else:
        port = handler.integer("port") or 0
        yield from at.each(port, port_number(port), "port")
