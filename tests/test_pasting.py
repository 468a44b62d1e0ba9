"""What people paste into the models of monitoring: every field says which command prints what it reads."""

import re
from pathlib import Path

import pytest
import yaml

from app.content.language import LANGUAGES
from app.kube.paste.error_answer import error_said
from app.kube.refusal import Refusal
from app.widgetkit.contract import Area
from tests.written import known_rooms

SUBJECT = "prometheus"
COMMAND = re.compile(r"`(?:curl|promtool|amtool|kubectl) [^`]+`")
FIELDS = [
    (room.slug, name)
    for room in known_rooms().values()
    if room.widget.subject == SUBJECT
    for name, field in room.widget.form.model_fields.items()
    if any(isinstance(mark, Area) for mark in field.metadata)
]
FOLDER = Path(__file__).parents[1]


def words_of(slug: str) -> dict[str, dict[str, str]]:
    path = FOLDER / "app/widgets" / slug.replace("-", "_") / "words.yaml"
    found: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("slug", "field"), FIELDS)
def test_a_field_names_the_command_that_prints_what_it_reads(slug: str, field: str, language: str) -> None:
    assert COMMAND.search(words_of(slug)[f"hint.{field}"][language])


def test_there_are_such_fields() -> None:
    assert {slug for slug, _ in FIELDS} == {
        "alert-inhibition",
        "alert-routing",
        "histogram-quantile",
        "metric-types",
        "promql-range",
    }


def test_chinese_keeps_mute_for_inhibition_and_silence_apart() -> None:
    """抑制 is inhibition, 静默 a silence, 静默时段 an interval without messages: three words for three things."""
    texts = [*(FOLDER / "content/10-prometheus").glob("*.*"), *(FOLDER / "app/widgets").glob("alert_*/words.yaml")]

    assert [path.name for path in texts if "静音" in path.read_text(encoding="utf-8")] == []


def test_sources_of_the_lesson_stand_still() -> None:
    """A page that may change under the sentence that cites it is pinned: to a tag, a commit, or Kubernetes' version."""
    sources = yaml.safe_load((FOLDER / "content/10-prometheus/sources.yaml").read_text(encoding="utf-8"))
    pinned = re.compile(r"/(?:blob|tag)/(?:v[0-9]+\.[0-9]+\.[0-9]+|[0-9a-f]{40})(?:/|$)|https://kubernetes\.io/")

    assert [name for name, source in sources.items() if not pinned.search(source["url"])] == []


QUERY_ERROR = '{"status":"error","errorType":"bad_data","error":"invalid parameter"}'
REGISTRY_ERROR = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
STATUS = (
    '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods \\"web\\" not found","reason":"NotFound"}'
)
ERRORS = [
    ("promql-range", "samples", QUERY_ERROR, "bad_data: invalid parameter"),
    ("histogram-quantile", "buckets", QUERY_ERROR, "bad_data: invalid parameter"),
    ("alert-inhibition", "alerts", QUERY_ERROR, "bad_data: invalid parameter"),
    ("image-index", "image", REGISTRY_ERROR, "MANIFEST_UNKNOWN: manifest unknown"),
    *(
        (slug, field, STATUS, 'NotFound: pods "web" not found')
        for slug, field in (
            ("oom-score", "manifest"),
            ("scheduler-pick", "pod"),
            ("scheduler-pick", "nodes"),
            ("rolling-update", "manifest"),
            ("service-rules", "service"),
        )
    ),
]


@pytest.mark.parametrize(("slug", "field", "answer", "said"), ERRORS)
def test_an_answer_that_reports_an_error_is_named_in_its_own_words(
    slug: str, field: str, answer: str, said: str
) -> None:
    room = known_rooms()[slug]

    with pytest.raises(Refusal) as refused:
        room.run(room.widget.form(**{field: answer}))

    assert (refused.value.code, refused.value.field) == ("paste-error-answer", field)
    assert refused.value.values["said"] == said
    assert all(said in room.words.text(lang, "refusal.paste-error-answer", said=said) for lang in LANGUAGES)


def test_an_answer_without_an_error_is_none() -> None:
    for content in ({"status": "success", "data": {}}, {"kind": "Pod", "status": {}}, {"errors": []}, [], None, 7):
        assert error_said(content) == ""
