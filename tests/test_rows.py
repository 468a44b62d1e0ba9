"""A Pod filled in as a form: rows write the manifest, and the manifest alone says which rows there are."""

import html

import pytest
from starlette.testclient import TestClient

from app.widgetkit.registry import Rooms
from app.widgetkit.rows import rows_of, write_rows
from app.widgets.oom_score.form import ROWS_TEXT_LIMIT

POD = """
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  initContainers:
  - {name: mesh, restartPolicy: Always, resources: {requests: {memory: 128Mi}}}
  containers:
  - {name: app, resources: {requests: {memory: 4Gi}, limits: {memory: 6Gi}}}
"""


def shown(rooms: Rooms, manifest: str) -> list[list[str]] | None:
    rows = rows_of(rooms["oom-score"], {"manifest": manifest})
    assert rows
    return [[field.value for field in row] for row in rows.fields] if rows.fits else None


def posted(rows: list[list[str]], do: str, manifest: str = POD) -> dict[str, str]:
    names = ["name", "kind", "memory_request", "memory_limit", "cpu_request", "cpu_limit"]
    fields = {f"row-{n}-{name}": text for n, row in enumerate(rows) for name, text in zip(names, row, strict=True)}
    return {"manifest": manifest, "usage": "x/y 1Gi", **fields, "do": do}


MESH = ["mesh", "sidecar", "128Mi", "", "", ""]
APP = ["app", "container", "4Gi", "6Gi", "", ""]


def test_a_manifest_of_one_pod_is_shown_as_rows(rooms: Rooms) -> None:
    assert shown(rooms, POD) == [MESH, APP]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "not: a pod",
        POD + "---" + POD,
        POD.replace("{name: shop}", "{name: shop, labels: {a: b}}"),
        POD.replace("spec:\n", "spec:\n  priority: 5\n"),
        POD.replace("{memory: 128Mi}", "{memory: 128Mi, hugepages-2Mi: 2Mi}"),
        POD.replace("restartPolicy: Always", "restartPolicy: Never"),
        "[" * 300,
        POD + "# " + "x" * ROWS_TEXT_LIMIT,
    ],
)
def test_what_rows_cannot_hold_is_left_to_the_manifest(rooms: Rooms, manifest: str) -> None:
    assert shown(rooms, manifest) is None


def test_rows_write_the_manifest_and_come_back_the_same(rooms: Rooms) -> None:
    written = write_rows(rooms["oom-score"], posted([MESH, APP], "apply"))["manifest"]

    assert shown(rooms, written) == [MESH, APP]
    assert "name: shop" in written


def test_a_container_is_added_and_removed(rooms: Rooms) -> None:
    room = rooms["oom-score"]

    more = write_rows(room, posted([MESH, APP], "add"))["manifest"]
    less = write_rows(room, posted([MESH, APP], "remove:0"))["manifest"]

    assert [row[0] for row in shown(rooms, more) or []] == ["mesh", "app", "container-3"]
    assert shown(rooms, less) == [APP]


def test_a_new_pod_forgets_the_usage_of_the_old_one(rooms: Rooms) -> None:
    fresh = write_rows(rooms["oom-score"], posted([MESH, APP], "new"))

    assert [row[0] for row in shown(rooms, fresh["manifest"]) or []] == ["container-1"]
    assert fresh["usage"] == ""


def test_without_a_row_button_the_text_is_as_it_was_typed(rooms: Rooms) -> None:
    fields = posted([MESH], "", manifest="typed")

    assert write_rows(rooms["oom-score"], fields) == fields


def test_what_is_typed_into_a_row_cannot_become_yaml(rooms: Rooms) -> None:
    rude = ["a: {b: [", "container", '1Gi", x: "y', "", "", ""]

    written = write_rows(rooms["oom-score"], posted([rude], "apply"))["manifest"]

    assert shown(rooms, written) == [rude]


def test_the_form_works_without_javascript(site: TestClient) -> None:
    answer = site.post("/en/widgets/oom-score", data={**posted([APP], "apply"), "usage": "", "node_memory": "16Gi"})
    page = site.get(answer.headers["location"]).text

    assert answer.status_code == 303
    assert 'value="4Gi"' in page
    assert "750" in page


@pytest.mark.parametrize("surplus", [0, 1])
def test_a_field_of_the_largest_size_survives_the_form(site: TestClient, surplus: int) -> None:
    """A form writes each of these characters as three, and one too many is still an answer that keeps the text."""
    manifest = "\n#" * (1 << 19) + "#" * surplus

    answer = site.post("/en/widgets/oom-score", data={"manifest": manifest})

    assert answer.status_code == 422
    assert manifest.lstrip() in html.unescape(answer.text)
