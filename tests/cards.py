"""Draws what others show of the site: the picture of a shared link in both languages, and the icons. `make cards`.

The pictures are the home page's own, as a browser draws it; run it again when that has changed.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS
from tests.conftest import ROOT, Server, find_browser

CARD = """
header.site, .questions, .models, .foot, .play-it, .first figcaption, .skip { display: none !important }
main { max-width: none; padding: 34px 56px 0 } .home .masthead { display: block; margin: 0 0 14px }
.home .masthead h1 { font-size: 58px } .home .lede { font-size: 25px; max-width: none }
.home .masthead::before { content: "Podscope"; font: 650 22px var(--sans); color: var(--ink-2) }
.first { border: 0; background: none } .first .drawing.of-wide { max-height: 400px; margin: 0 }
"""
ICON = "html, body { margin: 0; height: 100% } svg { display: block; width: 100vw; height: 100vh }"


def draw_cards(browser: Browser, url: str) -> None:
    for lang in ("en", "zh"):
        context = browser.new_context(
            viewport={"width": 1200, "height": 630}, bypass_csp=True, reduced_motion="reduce", color_scheme="light"
        )
        page = context.new_page()
        page.goto(f"{url}/{lang}/")
        page.add_style_tag(content=CARD)
        page.screenshot(path=ROOT / "static" / f"card.{lang}.png")
        context.close()


def draw_icons(browser: Browser) -> None:
    mark = (ROOT / "static" / "mark.svg").read_text(encoding="utf-8")
    for size, name in ((32, "favicon.ico"), (180, "icon-180.png"), (192, "icon-192.png"), (512, "icon-512.png")):
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(f"<style>{ICON}</style>{mark}")
        (ROOT / "static" / "root" / name).write_bytes(page.screenshot(omit_background=True))
        page.close()


def main() -> None:
    (ROOT / "static" / "root").mkdir(exist_ok=True)
    for name in ("card.en.png", "card.zh.png"):
        (ROOT / "static" / name).touch()  # the page names them
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        draw_icons(browser)
        server = Server(Path(folder))
        try:
            draw_cards(browser, server.url)
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
