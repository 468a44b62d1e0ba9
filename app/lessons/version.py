"""How versions are named."""


def named(version: str) -> str:
    """A version with the name of its project: one alone is Kubernetes'."""
    return version if version[0].isalpha() else f"Kubernetes {version}"
