"""An answer that reports an error: what an API, a registry or the API server said instead of what was asked for."""

from collections.abc import Mapping
from typing import Any

from app.kube.paste.part import shown


def error_said(content: Any) -> str:
    """What the error is, in the answer's own words; "" when the content is no such answer.

    Prometheus and Alertmanager: `status: error` (web/api/v1/api.go, Response). The API server: `kind: Status` with
    `status: Failure` (apimachinery meta/v1). A registry: `errors`, each with code and message (OCI distribution-spec).
    """
    if not isinstance(content, Mapping):
        return ""
    if content.get("kind") == "Status" and content.get("status") == "Failure":
        return _said(content.get("reason"), content.get("message"))
    if content.get("status") == "error" and "data" not in content:
        return _said(content.get("errorType"), content.get("error"))
    errors = content.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping) and "code" in errors[0]:
        return _said(errors[0].get("code"), errors[0].get("message"))
    return ""


def _said(*parts: Any) -> str:
    return shown(": ".join(part for part in parts if isinstance(part, str) and part) or "error")
