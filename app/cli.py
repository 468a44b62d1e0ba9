"""The command line: serve the site, check what we wrote, run a widget on files and standard input."""

import json
import os
import shutil
import subprocess  # nosec B404 # for ourselves
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from app.place import APP
from app.serve import REFUSED

if TYPE_CHECKING:
    from typer._click.core import Context

    from app.content.language import Lang
    from app.kube.frame import Sequence
    from app.widgetkit.registry import Room, Rooms

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Exact models of Kubernetes that you can operate.")


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(REFUSED)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (PODSCOPE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (PODSCOPE_PORT).")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve (PODSCOPE_WORKERS).")] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again whenever content, templates or code change.")
    ] = False,
) -> None:
    """Serve the site; settings come from PODSCOPE_* variables, options win."""
    from app.settings import SettingsError, read_settings

    for name, value in (("HOST", host), ("PORT", port), ("WORKERS", workers)):
        if value is not None:
            os.environ[f"PODSCOPE_{name}"] = str(value)
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        _refuse(str(error))
    if reload:
        from app.watch import serve_again
        from app.web.logs import begin_logs

        begin_logs(settings.log_level)
        serve_again(settings.host, settings.port, settings.log_level)
        return
    # What serves begins anew, as the same process: what reads command lines would stay in its memory, and so would the
    # columns of all code, which only tracebacks show.
    options = [*_own_options(), "-X", "no_debug_ranges"]
    os.execv(sys.executable, [sys.executable, *options, "-m", "app.serve"])  # nosec B606 # ourselves


def _own_options() -> list[str]:
    """Python's options of this process, for one that is to be as it is. What it imports stands where ours stands: the
    folder in which somebody calls the command may hold another `app`, and comes first only where it is our own."""
    options: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # as multiprocessing has them
    is_ours = sys.path[0] == str(APP.parent)
    return options if is_ours or {"-I", "-P"} & set(options) else [*options, "-P"]


class _Run(TyperCommand):
    """Leaves what is pasted whole: a YAML list begins with a dash, as options do."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        own = {name for parameter in self.params for name in parameter.opts}
        rest, joined = iter(args), []
        for argument in rest:
            is_input = argument.startswith("--") and "=" not in argument and argument not in own
            value = next(rest, None) if is_input else None
            joined.append(argument if value is None else f"{argument}={value}")
        return super().parse_args(ctx, joined)


@app.command(
    cls=_Run,
    # Its own --help tells of a widget what it takes.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def run(
    context: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="The widget, for instance oom-score.")] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="table or json.")] = "table",
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
    step: Annotated[str | None, typer.Option(help="Of a sequence: only this step, with all there is to see.")] = None,
    help_: Annotated[bool, typer.Option("--help", help="Show this message, or of a widget its inputs.")] = False,
) -> None:
    """Run a widget: --INPUT VALUE for each input; - reads standard input, @FILE reads a file."""
    from app.content.language import as_language
    from app.kube.frame import Sequence
    from app.kube.refusal import Refusal
    from app.widgetkit.form import for_files, read_inputs
    from app.widgetkit.manual import manual
    from app.widgetkit.registry import find_rooms

    rooms = find_rooms()
    language = as_language(lang) or _refuse(f"--lang {lang}: there are en and zh")
    if slug is None:
        if help_:
            typer.echo(context.get_help())
            _list(rooms, language)
            return
        _refuse(f"name a widget; there are {', '.join(rooms)}")
    if slug not in rooms:
        _refuse(f"no widget is called {slug}; there are {', '.join(rooms)}")
    if output not in ("table", "json"):
        _refuse(f"--output {output}: there are table and json")
    room = rooms[slug]
    if help_:
        for line in manual(room, language, _width()):
            typer.echo(line)
        return
    raw = _inputs(context.args, list(room.widget.form.model_fields))
    try:
        outcome = room.run(read_inputs(for_files(room.widget.form), raw))
    except Refusal as refusal:
        place = " ".join(filter(None, [refusal.field, refusal.where]))
        line = f" line {refusal.line}" if refusal.line is not None else ""
        reason = room.words.text(language, f"refusal.{refusal.code}", **refusal.values)
        _refuse(f"{place}{line}: {reason}")
    if step is not None and not isinstance(outcome, Sequence):
        _refuse(f"--step: {room.words.text(language, 'cli.no-steps')}")
    if step is not None and output == "json":
        _refuse(f"--step: {room.words.text(language, 'cli.step-json')}")
    if output == "json":
        typer.echo(json.dumps({"outcome": room.json(outcome, language)}, ensure_ascii=False, indent=2))
    elif isinstance(outcome, Sequence):
        _tell(room, language, outcome, step)
    else:
        _print(room, language, outcome)


def _print(room: "Room", lang: "Lang", outcome: object) -> None:
    from app.widgetkit.terminal import print_outcome

    for line in print_outcome(room.json(outcome, lang), room.widget.prints):
        typer.echo(line)


def _tell(room: "Room", lang: "Lang", told: "Sequence", step: str | None) -> None:
    """The story, or one step of it; in colours where somebody watches who has not asked for none (no-color.org)."""
    from app.widgetkit.telling import Teller, coloured, plain

    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    teller = Teller(room, lang, coloured if is_coloured else plain, _width())
    last = len(told.frames)
    if step is None:
        lines = teller.story(told)
    elif step.isascii() and step.isdigit() and 1 <= int(step) <= last:
        lines = teller.step(told, int(step))
    else:
        _refuse(f"--step {step}: {room.words.text(lang, 'cli.no-step', last=last)}")
    for line in lines:
        typer.echo(line)
    if room.widget.prints:
        typer.echo()
        _print(room, lang, told)


def _width() -> int | None:
    """The columns of the terminal; None where the output goes into a pipe or a file, which have none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _list(rooms: "Rooms", lang: "Lang") -> None:
    for slug, room in rooms.items():
        typer.echo(f"  {slug:<20}  {room.title(lang)}")


def _inputs(arguments: list[str], known: list[str]) -> dict[str, str]:
    """`--node-memory 16Gi --manifest -` as a mapping; a name that is not an input is refused."""
    raw: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            _refuse(f"{argument}: write inputs as --name value; there are {_options(known)}")
        name, equals, value = argument[2:].partition("=")
        if name.replace("-", "_") not in known:
            _refuse(f"--{name} is not an input; there are {_options(known)}")
        text = value if equals else next(rest, None)
        if text is None:
            _refuse(f"--{name} needs a value")
        raw[name.replace("-", "_")] = _read(name, text)
    return raw


def _options(names: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in names)


def _read(name: str, text: str) -> str:
    if text == "-":
        return sys.stdin.read()
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"--{name}: {text[1:]} can't be read: {error}")


@app.command()
def why(
    target: Annotated[str, typer.Argument(help="pod/NAME, which kubectl is asked about; - reads standard input.")],
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Of the Pod.")] = "",
    pod: Annotated[str, typer.Option(help="With -: which Pod, when there are several.")] = "",
    now: Annotated[str, typer.Option(help="With -: when the text was printed.")] = "",
    context: Annotated[str, typer.Option(help="kubectl's --context.")] = "",
    kubeconfig: Annotated[str, typer.Option(help="kubectl's --kubeconfig.")] = "",
    output: Annotated[str, typer.Option("--output", "-o", help="text or json.")] = "text",
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
    open_: Annotated[bool, typer.Option("--open", help="Show it in the site that runs here.")] = False,
) -> None:
    """Say what happened to a Pod and who must act. Exit status: 0 all is well, 1 something is wrong, 2 bad input."""
    from app.content.language import as_language
    from app.kube.refusal import Refusal
    from app.kube.transcript.private import cut_secrets
    from app.why import KubectlError, answer, exit_status, gather, open_in_site, print_story, read_target
    from app.widgetkit.registry import find_rooms

    language = as_language(lang) or _refuse(f"--lang {lang}: there are en and zh")
    if output not in ("text", "json"):
        _refuse(f"--output {output}: there are text and json")
    room = find_rooms()["pod-story"]
    options = [f"--{name}={value}" for name, value in (("context", context), ("kubeconfig", kubeconfig)) if value]
    try:
        if target == "-":
            text, name = sys.stdin.buffer.read().decode(errors="replace"), pod
        else:
            asked = read_target(target, namespace, tuple(options))
            text, name = gather(asked), asked.name
        outcome = answer(room, text, name, now)
        if output == "json":
            typer.echo(json.dumps({"outcome": room.json(outcome, language)}, ensure_ascii=False, indent=2))
        else:
            for line in print_story(room, language, outcome):
                typer.echo(line)
        if open_:
            _open(open_in_site(_site(), language, {"text": cut_secrets(text), "pod": name, "now": now}))
    except Refusal as refusal:
        line = f" line {refusal.line}" if refusal.line is not None else ""
        _refuse(f"{refusal.field}{line}: {room.words.text(language, f'refusal.{refusal.code}', **refusal.values)}")
    except KubectlError as error:
        _refuse(str(error))
    except ValueError:
        _refuse(f"{target}: name a Pod as pod/NAME, or - for standard input")
    raise typer.Exit(exit_status(outcome))


def _site() -> str:
    """Where the site of this machine listens."""
    from app.settings import SettingsError, read_settings

    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        _refuse(str(error))
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _open(address: str) -> None:
    import webbrowser

    typer.echo(address)
    webbrowser.open(address)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Only this room (app/widgets/…) or subject (content/…).")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
) -> None:
    """Check everything that we wrote: words, rooms, lessons, figures, questions. Mistakes name file and line."""
    from app.content.error import ContentError, Mistakes

    if watch:
        _check_again_and_again(folder)
    from app.check import Bench, Summary, check_folder
    from app.check import check as check_all

    mistakes = Mistakes()
    summary: Summary | None = None
    try:
        if folder is None:
            summary = check_all(mistakes)
        else:
            check_folder(Bench(mistakes), folder.resolve(), mistakes)
    except ContentError as error:
        mistakes(error)
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes:
        typer.echo(f"{len(mistakes)} to mend", err=True)
        raise typer.Exit(1)
    if summary is None:
        typer.echo(f"{folder} is in order")
        return
    figures = summary.figures
    places = "/".join(map(str, figures.positions))
    longest = ", ".join(f"{count:.1f} in {lang}" for lang, count in figures.longest.items())
    typer.echo(f"{summary.pages} pages and files are in order")
    typer.echo(
        f"{figures.questions} questions; of {figures.singles} singles the right option stands at {places} "
        f"(p = {figures.position_p:.2f}) and is the longest {longest}"
    )


def _check_again_and_again(folder: Path | None) -> NoReturn:
    """Each time in a process of its own, since Python keeps what it has imported."""
    from app.watch import changes, folder_of

    only = [str(folder)] if folder else []
    for changed in changes():
        for path in changed:
            typer.echo(f"changed: {path}")
        # What changed in one room or subject alone is told at once; its place in the whole is looked at when asked.
        where = only or [str(found) for found in {folder_of(path) for path in changed} if found]
        one = where if len(where) == 1 and all(folder_of(path) for path in changed) else only
        subprocess.run([sys.executable, *_own_options(), "-m", "app", "check", *one], check=False)  # nosec B603 # our own command, on a folder that the caller has named
    raise typer.Exit


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty, not there yet, or an earlier copy.")],
) -> None:
    """Write a static copy of the site that opens from a folder or from any web server."""
    from app.content.error import ContentError
    from app.drawn import copied
    from app.lessons.export import NotEmpty
    from app.lessons.export import export as export_to
    from app.site import Site, quiz_of
    from app.store.store import open_store

    try:
        site = Site()
        with open_store("sqlite://") as store:
            written = export_to(copied(site, quiz_of(site, store)), folder)
    except ContentError as error:
        typer.echo(f"{error}\npodscope check names all mistakes", err=True)
        raise typer.Exit(1) from error
    except NotEmpty:
        _refuse(f"{folder} is not empty and no earlier copy; name another folder")
    typer.echo(f"{folder}: {written} files; open {folder / 'index.html'}")


@app.command()
def doctor() -> None:
    """Look at settings, database, disk, machine and content; say what is wrong and what to do. Changes nothing."""
    from app.doctor import examine

    levels = []
    for finding in examine(os.environ):
        typer.echo(str(finding))
        levels.append(finding.level)
    if "bad" in levels:
        raise typer.Exit(1)


Database = Annotated[str | None, typer.Option("--database", help="Its address (PODSCOPE_DATABASE_URL).")]


@app.command()
def migrate(database: Database = None) -> None:
    """Bring the database to this version's tables; `serve` does so at its start as well."""
    with _store(database) as store:
        health = store.health()
    typer.echo(f"{health.engine} {health.version} is up to date")


@app.command()
def backup(file: Path, database: Database = None) -> None:
    """Write a consistent copy of all progress to FILE, while the site runs."""
    from app.store.backup import backup as copy_to
    from app.store.engine import StoreError

    with _store(database) as store:
        try:
            copied = copy_to(store, file)
        except StoreError as error:
            _refuse(str(error))
    typer.echo(f"{file}: {sum(copied.rows.values())} rows")


@app.command()
def restore(file: Path, database: Database = None) -> None:
    """Replace all progress by what FILE has; nothing is changed when it is no backup."""
    from app.store.backup import restore as copy_from
    from app.store.engine import StoreError

    with _store(database) as store:
        try:
            copied = copy_from(store, file)
        except StoreError as error:
            _refuse(str(error))
    typer.echo(f"{file}: {sum(copied.rows.values())} rows")


def _store(database: str | None) -> Any:
    from app.settings import SettingsError, read_settings
    from app.store.engine import StoreError
    from app.store.store import open_store

    if database is not None:
        os.environ["PODSCOPE_DATABASE_URL"] = database
    try:
        return open_store(read_settings(os.environ).database_url)
    except (SettingsError, StoreError) as error:
        _refuse(str(error))


def main() -> Any:
    """Also as `kubectl podscope`, whose program is called kubectl-podscope."""
    return app(prog_name="kubectl podscope" if Path(sys.argv[0]).name.startswith("kubectl-") else "podscope")
