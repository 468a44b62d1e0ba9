"""Lists in which a client weighs what it takes: `gzip;q=0.5, br`, RFC 9110, section 12.4.2."""

import re

_MEMBER = re.compile(r"([^\s;]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.ASCII)


def weighed(header: str) -> list[tuple[str, float]]:
    """Each member in lower case with its weight, in the order of the header; what is no member is passed over."""
    found = (_MEMBER.fullmatch(member.strip(" \t")) for member in header.split(","))
    return [(member[1].lower(), float(member[2] or 1)) for member in found if member is not None]
