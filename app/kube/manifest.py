"""The old name of `app.kube.paste`, for those who still import it from here."""

from app.kube.paste.limit import DEPTH_LIMIT, OBJECT_LIMIT, SIZE_LIMIT, WHITESPACE
from app.kube.paste.part import Document, Part, Path, Source, path_text, scalar_text, shown
from app.kube.paste.pods import POD_KINDS, PodObject, pods
from app.kube.paste.read import load_documents

__all__ = [
    "DEPTH_LIMIT",
    "OBJECT_LIMIT",
    "POD_KINDS",
    "SIZE_LIMIT",
    "WHITESPACE",
    "Document",
    "Part",
    "Path",
    "PodObject",
    "Source",
    "load_documents",
    "path_text",
    "pods",
    "scalar_text",
    "shown",
]
