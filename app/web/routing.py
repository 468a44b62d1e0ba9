"""Routers' routes as an application's own.

    join(api, page_routes(templates, rooms, links), api_router(desk))

`include_router` keeps the router, and every request asks each of its routes whether it is theirs, then the one that it
has found again: with 70 routes a fifth of what an answer costs. Ours need nothing that it adds.
"""

from fastapi import APIRouter, FastAPI


def join(api: FastAPI | APIRouter, *routers: APIRouter) -> None:
    """Adds the routes in this order: of several that fit a request the first answers."""
    routes = api.router.routes if isinstance(api, FastAPI) else api.routes
    for router in routers:
        routes.extend(router.routes)
