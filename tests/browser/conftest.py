"""A real browser on a real server, in the four modes: JavaScript or not, motion or reduced."""

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.conftest import Server, find_browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Opens a path in a fresh browser profile; afterwards no script error and no broken header rule may be left."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_(
        path: str,
        *,
        javascript: bool = True,
        width: int = 1280,
        height: int = 900,
        touch: bool = False,
        lost: bool = False,
        **options: str,
    ) -> Page:
        """`lost`: the line will fail, and the browser may say so."""
        context = browser.new_context(
            base_url=server.url,
            java_script_enabled=javascript,
            has_touch=touch,
            viewport={"width": width, "height": height},
            color_scheme="dark" if options.get("theme") == "dark" else "light",
            timezone_id=options.get("zone"),
            reduced_motion="reduce" if options.get("motion") == "reduce" else "no-preference",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: trouble.extend([] if lost else _trouble(page, message)))
        page.on("pageerror", lambda error: trouble.extend(_error(str(error))))
        page.goto(path)
        return page

    def _trouble(page: Page, message: ConsoleMessage) -> list[str]:
        """Errors, but not that the asked page itself answers 404 or 422."""
        is_own_status = "Failed to load resource" in message.text and message.location["url"] == page.url
        return [message.text] if message.type == "error" and not is_own_status else []

    def _error(text: str) -> list[str]:
        """Errors, but not that a busy machine had to leave out the fading from one page to the next."""
        return [] if "Transition was" in text else [text]

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []
