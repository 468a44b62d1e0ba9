"""Which coding of a body a client wants: `Accept-Encoding` with its weights, RFC 9110, section 12.5.3.

chosen("gzip;q=0.5, br;q=0.9", {"br": 20, "gzip": 25, "identity": 90})    # "br"
"""

from collections.abc import Mapping

from app.web.weight import weighed

IDENTITY = "identity"
_SAME = {"x-gzip": "gzip"}  # section 8.4.1.3


def chosen(header: str, sizes: Mapping[str, int]) -> str:
    """Of the codings that there are (their sizes in bytes) the one with the highest weight, of several the smallest.

    `identity` has a weight only when it is named. It stays acceptable when it is not, and is sent as well when a client
    refuses everything that there is: the section lets a server disregard the field then.
    """
    asked = {_SAME.get(name, name): weight for name, weight in weighed(header)}
    rest = asked.get("*", 0.0)
    weights = {name: asked.get(name, 0.0 if name == IDENTITY else rest) for name in sizes}
    wanted = [name for name in sizes if weights[name] > 0]
    return min(wanted, key=lambda name: (-weights[name], sizes[name]), default=IDENTITY)
