"""Keep and move: a file out and in, a recovery code, the questions to take along, and deleting everything."""

from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.content.language import LANGUAGES, Lang
from app.quiz.api import DRAINED
from app.quiz.cookie import clear_cookie, client_of, read_cookie, send_cookie
from app.quiz.deck import anki_deck, questions_csv
from app.quiz.guard import status_of, wait_of
from app.quiz.learner import forget
from app.quiz.pages.drawing import QuizPages
from app.quiz.parts import count_files, export_files
from app.quiz.progress import progress_of
from app.quiz.recovery import code_made_at, make_code, qr_svg, redeem_code
from app.quiz.transfer import IMPORT_LIMIT, import_progress
from app.record import dataclass
from app.web.answers import PERSONAL, PUBLIC_ON_DEMAND, html, see_other
from app.web.manners import base_of
from app.web.posted import length_of, read_form, read_parts
from app.web.turns import taking_turns
from app.widgetkit.contract import Refusal

KEEP = "/progress/keep"
FORM_LIMIT = IMPORT_LIMIT + (64 << 10)  # a file and what a form puts around it
POSTED_ONLY = ("again", "undo", "code", "import")


@dataclass(frozen=True)
class Imported:
    """What an import has done, as the address says it after the redirect."""

    added: int
    known: int


def keep_page(
    pages: QuizPages,
    lang: Lang,
    cookie: str | None,
    *,
    imported: Imported | None = None,
    refusal: Refusal | None = None,
    pasted: str = "",
) -> str:
    return pages.render(
        "keep.html",
        lang,
        progress=progress_of(pages.desk, cookie, pages.now()),
        code_made=code_made_at(pages.desk, cookie),
        imported=imported,
        problem=pages.say(lang, refusal),
        where=_where(refusal),
        files=count_files(pages.desk, cookie, pages.now()),
        pasted=pasted,
        limit=IMPORT_LIMIT >> 20,
        path=KEEP,
    )


def _where(refusal: Refusal | None) -> str:
    """The place in a file; "" when it is the file as a whole."""
    if refusal is None or refusal.field in ("body", "schema", ""):
        return ""
    return refusal.field + (f" ({refusal.where})" if refusal.where else "")


def open_page(pages: QuizPages, lang: Lang, typed: str = "", refusal: Refusal | None = None) -> str:
    """Where a recovery code is entered."""
    return pages.render("open.html", lang, typed=typed, problem=pages.say(lang, refusal), path="/progress/open")


def code_page(pages: QuizPages, lang: Lang, words: str, address: str) -> str:
    """`address` is where the site is reached; "" when that is not known: then no picture leads there."""
    picture = qr_svg(f"{address}/{lang}/progress/open#{words}") if address else ""
    return pages.render("code.html", lang, code=words, picture=picture, path=KEEP)


def delete_page(pages: QuizPages, lang: Lang, cookie: str | None) -> str:
    progress = progress_of(pages.desk, cookie, pages.now())
    attempts = sum(score.attempts for score in progress.subjects.values())
    return pages.render("delete.html", lang, known=progress.known_learner, attempts=attempts, path="/progress/delete")


async def read_import(request: Request) -> tuple[bytes, str]:
    """The chosen file, else the pasted text, which is also returned as it was typed."""
    length = length_of(request.headers)
    if length is None or length > FORM_LIMIT:
        await _drain(request)
        raise Refusal("import-huge", field="body", limit=IMPORT_LIMIT >> 20)
    form = await read_parts(request, max_files=1, max_fields=3, max_part_size=FORM_LIMIT)
    try:
        file, text = form.get("file"), form.get("text", "")
        raw = await file.read() if isinstance(file, UploadFile) else b""
    finally:
        await form.close()
    pasted = text.strip() if isinstance(text, str) else ""
    if not raw and not pasted:
        raise Refusal("import-nothing", field="body")
    return (raw, "") if raw else (pasted.encode("utf-8", "replace"), pasted)


async def _drain(request: Request) -> None:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > DRAINED:
            return


def keep_routes(pages: QuizPages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    _file_routes(router, pages)
    _code_routes(router, pages)
    _delete_routes(router, pages)

    @router.get("/{lang}/progress/{posted}")
    def posted_only(lang: str, posted: str) -> Response:
        """The address of a form that was posted, opened again."""
        if posted not in POSTED_ONLY:
            raise HTTPException(404)
        return see_other(f"/{pages.language(lang)}{'/progress' if posted in ('again', 'undo') else KEEP}")

    _taken_routes(router, pages)
    return router


def _file_routes(router: APIRouter, pages: QuizPages) -> None:
    """The page itself, and progress as a file, out and in."""

    @router.get("/{lang}/progress/keep")
    def keep(request: Request, lang: str) -> Response:
        language, raw = pages.language(lang), request.query_params
        numbers = [raw.get(name, "") for name in ("added", "known")]
        done = all(text.isascii() and text.isdigit() and len(text) < 7 for text in numbers)
        imported = Imported(*map(int, numbers)) if done else None
        return html(keep_page(pages, language, read_cookie(request), imported=imported))

    @router.get("/{lang}/progress/export")
    def export(request: Request, lang: str) -> Response:
        pages.language(lang)
        now, part = pages.now(), request.query_params.get("part", "1")
        files = export_files(pages.desk, read_cookie(request), now)
        if part not in map(str, range(1, len(files) + 1)):
            raise HTTPException(404)
        named = f"-{part}-of-{len(files)}" if len(files) > 1 else ""
        name = f"podscope-progress-{now:%Y-%m-%d}{named}.json"
        return _file(files[int(part) - 1], "application/json", name, PERSONAL)

    @router.post("/{lang}/progress/import", max_body_size=DRAINED)
    async def import_(request: Request, lang: str) -> Response:
        language, pasted = pages.language(lang), ""
        cookie = read_cookie(request)
        try:
            raw, pasted = await read_import(request)
            done = await run_in_threadpool(import_progress, pages.desk, cookie, raw, client_of(request), pages.now())
        except Refusal as refusal:
            body = await run_in_threadpool(_refused_import, pages, language, cookie, refusal, pasted)
            return html(body, status_of(refusal), more=wait_of(refusal))
        response = see_other(f"/{language}{KEEP}?added={done.added}&known={done.known}#import")
        send_cookie(response, request, done.send_key)
        return response


def _code_routes(router: APIRouter, pages: QuizPages) -> None:
    """A recovery code is made, and entered elsewhere."""

    @router.post("/{lang}/progress/code")
    def code(request: Request, lang: str) -> Response:
        language = pages.language(lang)
        address = base_of(pages.public_url, request.scope["scheme"], request.headers.get("host", ""))
        made = make_code(pages.desk, read_cookie(request), pages.now())
        response = html(code_page(pages, language, made.words, address))
        send_cookie(response, request, made.send_key)
        return response

    @router.get("/{lang}/progress/open")
    def open_(lang: str) -> Response:
        return html(open_page(pages, pages.language(lang)), cache_control=PUBLIC_ON_DEMAND)

    @router.post("/{lang}/progress/open")
    async def redeem(request: Request, lang: str) -> Response:
        language, typed = pages.language(lang), (await read_form(request)).get("code", "")
        arguments: tuple[Any, ...] = (pages.desk, read_cookie(request), typed, client_of(request), pages.now())
        try:
            key = await run_in_threadpool(redeem_code, *arguments)
        except Refusal as refusal:
            body = open_page(pages, language, typed[:200], refusal)
            return html(body, status_of(refusal), more=wait_of(refusal))
        response = see_other(f"/{language}/progress?note=opened")
        send_cookie(response, request, key)
        return response


def _delete_routes(router: APIRouter, pages: QuizPages) -> None:
    @router.get("/{lang}/progress/delete")
    def ask_delete(request: Request, lang: str) -> Response:
        return html(delete_page(pages, pages.language(lang), read_cookie(request)))

    @router.post("/{lang}/progress/delete")
    def delete(request: Request, lang: str) -> Response:
        language = pages.language(lang)
        forget(pages.desk, read_cookie(request))
        response = see_other(f"/{language}/progress?note=deleted")
        clear_cookie(response, request)
        return response


def _taken_routes(router: APIRouter, pages: QuizPages) -> None:
    """The questions to take along: as cards for Anki, and as a table."""

    @lru_cache(maxsize=64)
    def deck(lang: Lang, subject: str) -> bytes:
        return anki_deck(pages.desk.bank, pages.desk.keys, lang, subject)

    @lru_cache(maxsize=len(LANGUAGES))
    def table(lang: Lang) -> bytes:
        return questions_csv(pages.desk.bank, pages.desk.keys, lang).encode()

    @router.get("/{lang}/podscope.apkg")
    @taking_turns
    def anki(lang: str, subject: str = "") -> Response:
        language = pages.language(lang)
        if subject and subject not in pages.desk.bank.by_slug:
            raise HTTPException(404)
        name = f"podscope-{subject}-{language}.apkg" if subject else f"podscope-{language}.apkg"
        return _file(deck(language, subject), "application/octet-stream", name, PUBLIC_ON_DEMAND)

    @router.get("/{lang}/questions.csv")
    @taking_turns
    def csv(lang: str) -> Response:
        language = pages.language(lang)
        return _file(table(language), "text/csv; charset=utf-8", f"podscope-{language}.csv", PUBLIC_ON_DEMAND)


def _refused_import(pages: QuizPages, lang: Lang, cookie: str | None, refusal: Refusal, pasted: str) -> str:
    return keep_page(pages, lang, cookie, refusal=refusal, pasted=pasted)


def _file(body: bytes, media_type: str, name: str, cache_control: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": cache_control}
    return Response(body, media_type=media_type, headers=headers)
