"""The learner's cookie: 128 random bits, `__Host-learner` over https and `learner` on plain http (a
developer's machine), sent only by a response to a write."""

from starlette.requests import Request
from starlette.responses import Response

from app.store.learner import hash_of

OVER_HTTPS, PLAIN = "__Host-learner", "learner"
MAX_AGE = 400 * 86_400  # the longest that browsers keep


def cookie_name(request: Request) -> str:
    return OVER_HTTPS if _is_https(request) else PLAIN


def _is_https(request: Request) -> bool:
    # Not request.url: it reads the whole address, and a client may send one that is no text.
    return bool(request.scope["scheme"] == "https")


def read_cookie(request: Request) -> str | None:
    """The key that the client sent; None when there is none or it is not of our form."""
    key = request.cookies.get(cookie_name(request))
    return key if key and hash_of(key) else None


def send_cookie(response: Response, request: Request, key: str | None) -> None:
    """Sets the cookie; None leaves what the client has."""
    if key is not None:
        response.set_cookie(
            cookie_name(request),
            key,
            max_age=MAX_AGE,
            path="/",
            secure=_is_https(request),
            httponly=True,
            samesite="lax",
        )


def clear_cookie(response: Response, request: Request) -> None:
    response.delete_cookie(cookie_name(request), path="/", secure=_is_https(request), httponly=True, samesite="lax")


def client_of(request: Request) -> str:
    """Whose tries are counted: the address that the server sees."""
    return request.client.host if request.client else ""
