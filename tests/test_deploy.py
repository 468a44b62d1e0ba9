"""What lies in deploy/ is what Kubernetes takes, and what our own models say of it is what the documentation says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.settings import Settings
from app.web.metrics import Metrics
from app.widgetkit.registry import Rooms
from tests.conftest import ROOT
from tests.kustomize import Object, build

DEPLOY = ROOT / "deploy"
OVERLAYS = DEPLOY / "kustomize" / "overlays"
VERSIONS = ("1.33", "1.34", "1.35", "1.36", "1.37")
OTHERS = ("ServiceMonitor", "PrometheusRule")  # of the Prometheus operator
SPOKEN = (ROOT / "docs" / "operations.md").read_text()

each_overlay = pytest.mark.parametrize("overlay", ["sqlite", "postgresql"])


def one(overlay: str, kind: str) -> Object:
    return next(found for found in build(OVERLAYS / overlay) if found["kind"] == kind)


def pod_of(overlay: str) -> Object:
    return one(overlay, "Deployment")["spec"]["template"]["spec"]


# --- Kubernetes takes it ----------------------------------------------------------------------------------------------


@each_overlay
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_of_this_version(overlay: str, version: str) -> None:
    for found in build(OVERLAYS / overlay):
        if found["kind"] not in OTHERS:
            kubernetes_validate.validate(found, version, strict=True)


def test_the_schemas_refuse_what_is_none() -> None:
    wrong = one("sqlite", "Deployment")
    wrong["spec"]["replica"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.36", strict=True)


@each_overlay
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl to compare with")
def test_our_renderer_is_kustomize(overlay: str) -> None:
    told = subprocess.run(["kubectl", "kustomize", str(OVERLAYS / overlay)], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr

    def by_name(objects: Any) -> dict[str, Object]:
        return {f"{found['kind']}/{found['metadata']['name']}": found for found in objects}

    assert by_name(build(OVERLAYS / overlay)) == by_name(yaml.safe_load_all(told.stdout))


@each_overlay
def test_pods_hold_to_the_restricted_standard(overlay: str) -> None:
    """The Pod Security Standards' restricted profile: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
    pod = pod_of(overlay)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] >= 10000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert {kind for volume in pod["volumes"] for kind in volume} <= {"name", "emptyDir", "persistentVolumeClaim"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert one(overlay, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_overlay
def test_every_variable_is_a_setting(overlay: str) -> None:
    names = [variable["name"] for container in pod_of(overlay)["containers"] for variable in container["env"]]
    known = {f"PODSCOPE_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in names if name.startswith("PODSCOPE_")} <= known
    assert len(names) == len(set(names))
    # A Service named podscope would set PODSCOPE_PORT=tcp://…, which is refused at the start.
    assert pod_of(overlay)["enableServiceLinks"] is False


@each_overlay
def test_selectors_select_what_there_is(overlay: str) -> None:
    objects = build(OVERLAYS / overlay)
    labels = one(overlay, "Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        (found["spec"].get("selector") or found["spec"].get("podSelector"))
        for found in objects
        if found["kind"] in ("Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget")
    ]
    for selector in selectors:
        wanted = selector.get("matchLabels", selector)
        assert wanted
        assert wanted.items() <= labels.items()
    ports = {port["name"] for container in pod_of(overlay)["containers"] for port in container["ports"]}
    assert {port["targetPort"] for port in one(overlay, "Service")["spec"]["ports"]} <= ports
    assert {endpoint["port"] for endpoint in one(overlay, "ServiceMonitor")["spec"]["endpoints"]} <= ports


@each_overlay
def test_names_are_asked_of_the_clusters_own_dns(overlay: str) -> None:
    """kustomize's includeSelectors would put our label on it, and no name would be found."""
    rule = one(overlay, "NetworkPolicy")["spec"]["egress"][0]

    assert rule["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}


# --- what our models say of it ----------------------------------------------------------------------------------------


def said(sentence: str) -> None:
    """The documentation says so, in one line or several."""
    assert sentence in " ".join(SPOKEN.split()), f"docs/operations.md should say: {sentence}"


@each_overlay
def test_the_class_of_our_pods_is_told(rooms: Rooms, overlay: str) -> None:
    manifest = yaml.safe_dump(one(overlay, "Deployment"))
    outcome = rooms.answer("oom-score", {"manifest": manifest, "node_memory": "16Gi", "usage": ""})
    pod = outcome["pods"][0]

    said(f"Our Pods are {pod['qos_class']}")
    said(f"oom_score_adj of {pod['containers'][0]['oom_score_adj']} on a node with 16Gi")


NODE = """
apiVersion: v1
kind: Node
metadata: {name: NAME, labels: {kubernetes.io/hostname: NAME, topology.kubernetes.io/zone: ZONE}}
status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}}
"""


def node(name: str, zone: str) -> str:
    return NODE.replace("NAME", name).replace("ZONE", zone)


def placed(rooms: Rooms, nodes: dict[str, str], count: int) -> list[str]:
    """Where the scheduler would put one replica after the other."""
    template = one("postgresql", "Deployment")["spec"]["template"]
    bound: list[Object] = []
    for number in range(count):
        pod = {"apiVersion": "v1", "kind": "Pod", **json.loads(json.dumps(template))}
        pod["metadata"]["name"] = f"podscope-{number}"
        outcome = rooms.answer(
            "scheduler-pick",
            {
                "pod": yaml.safe_dump(pod),
                "nodes": "---".join(node(name, zone) for name, zone in nodes.items()),
                "pods": yaml.safe_dump_all(bound),
            },
        )
        if not outcome["chosen"]:
            break
        pod["spec"]["nodeName"] = outcome["chosen"][0]
        bound.append(pod)
    return [pod["spec"]["nodeName"] for pod in bound]


def test_where_replicas_go_is_told(rooms: Rooms) -> None:
    three = placed(rooms, {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}, 3)
    two_nodes = placed(rooms, {"a1": "a", "b1": "b"}, 3)

    assert {name[0] for name in three} == {"a", "b", "c"}
    said("On four nodes in three zones the three replicas stand in three zones")
    assert sorted(two_nodes.count(name) for name in ("a1", "b1")) == [1, 2]
    said("on two nodes the third stands beside another")


@pytest.mark.parametrize(("overlay", "replicas"), [("postgresql", 3), ("sqlite", 1)])
def test_what_happens_in_a_rollout_is_told(rooms: Rooms, overlay: str, replicas: int) -> None:
    outcome = rooms.answer("rolling-update", {"manifest": yaml.safe_dump(one(overlay, "Deployment"))})

    assert outcome["ended"] == "complete"
    assert outcome["lowest"] == (3 if overlay == "postgresql" else 0)
    said("never fewer than 3 are ready" if overlay == "postgresql" else "with SQLite there is a moment with none")
    assert one(overlay, "Deployment")["spec"]["replicas"] == replicas


# --- alerts -----------------------------------------------------------------------------------------------------------


def alerts() -> list[Object]:
    return [rule for group in one("sqlite", "PrometheusRule")["spec"]["groups"] for rule in group["rules"]]


def test_alerts_ask_for_what_we_tell() -> None:
    metrics = Metrics()
    metrics.requests.labels("GET", "/", "200").inc()
    metrics.hand("busy")
    metrics.seconds.labels("/").observe(1)
    told = set(re.findall(r"^([a-z_:]+)(?:\{|\s)", metrics.text(), re.M)) | {"up"}
    asked = {
        name for rule in alerts() for name in re.findall(r"\b(podscope_\w+|process_\w+|up)\b(?=[{\[ ])", rule["expr"])
    }

    assert asked >= {"podscope_http_requests_total", "podscope_large_requests_total"}
    assert asked <= told


PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])  # where `make promtool` puts it
PROMTOOL = shutil.which("promtool", path=PATH)


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool to ask; `make promtool` fetches it")
def test_promtool_takes_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": one("sqlite", "PrometheusRule")["spec"]["groups"]}))
    told = subprocess.run([str(PROMTOOL), "check", "rules", str(file)], capture_output=True, text=True, timeout=60)

    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_is_routed_and_explained(rooms: Rooms) -> None:
    config = (DEPLOY / "alertmanager.yaml").read_text()
    for rule in alerts():
        labels = "\n".join(f"{name}={value}" for name, value in {"alertname": rule["alert"], **rule["labels"]}.items())
        outcome = json.dumps(rooms.answer("alert-routing", {"config": config, "labels": labels}))

        assert f'"receiver": "podscope-{rule["labels"]["severity"]}"' in outcome, outcome[:800]
        assert f"`{rule['alert']}`" in SPOKEN


# --- the image --------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_built_in_a_format_that_keeps_its_health_check() -> None:
    """OCI, podman's own format, has none: "HEALTHCHECK is not supported for OCI image format and will be ignored"."""
    assert "HEALTHCHECK" in dict(instructions())
    told = [*SPOKEN.splitlines(), *(DEPLOY / "Containerfile").read_text().splitlines()]
    builds = [line for line in told if "podman build" in line]
    assert len(builds) == 2
    assert all("--format docker" in line for line in builds)


def test_the_image_holds_to_hadolints_rules() -> None:
    """Those of https://github.com/hadolint/hadolint that concern what stands in it, by their numbers."""
    found = instructions()
    froms = [rest for name, rest in found if name == "FROM"]
    stages = [rest.split(" AS ")[1] for rest in froms if " AS " in rest]
    assert all(":" in rest and ":latest" not in rest for rest in froms)  # DL3006, DL3007
    assert not any(name in ("ADD", "MAINTAINER") for name, _ in found)  # DL3020, DL4000
    assert all(rest.split()[0].startswith("/") for name, rest in found if name == "WORKDIR")  # DL3000
    assert [rest for name, rest in found if name == "USER"][-1] not in ("root", "0")  # DL3002
    runs = [rest for name, rest in found if name == "RUN"]
    assert not any(re.search(r"\bsudo\b|\bcd /", rest) for rest in runs)  # DL3004, DL3003
    assert all("--no-cache-dir" in rest for rest in runs if "pip install" in rest)  # DL3042
    assert all("--require-hashes" in rest or "--no-deps" in rest for rest in runs if "pip install" in rest)  # DL3013
    assert all(rest.startswith("[") for name, rest in found if name in ("CMD", "ENTRYPOINT"))  # DL3025
    assert all(0 < int(rest) < 65536 for name, rest in found if name == "EXPOSE")  # DL3011
    assert (
        sum(name == "CMD" for name, _ in found) == sum(name == "ENTRYPOINT" for name, _ in found) == 1
    )  # DL4003, DL4004
    assert len(stages) == len(set(stages))  # DL3024
    assert all(rest.split("=")[1].split()[0] in stages for name, rest in found if name == "COPY" and "--from" in rest)
    assert not any("|" in rest for rest in runs) or any(name == "SHELL" and "pipefail" in rest for name, rest in found)
    assert any(name == "HEALTHCHECK" for name, _ in found)


def test_what_is_copied_is_there_and_let_in() -> None:
    allowed = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = {source for group in copied for source in group}

    assert sources == allowed
    assert all((ROOT / source).exists() for source in sources)
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()


# --- compose and nginx ------------------------------------------------------------------------------------------------


def test_compose_hangs_together() -> None:
    file = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = file["services"]
    for name, service in services.items():
        assert "mem_limit" in service, name
        assert service["restart"] == "unless-stopped"
        assert set(service.get("depends_on", {})) <= services.keys()
        assert set(service.get("secrets", [])) <= file["secrets"].keys()
        assert set(service["networks"]) <= file["networks"].keys()
        assert service.get("build") or re.search(r":\d", service["image"])
    settings = {name for name in services["podscope"]["environment"] if name.startswith("PODSCOPE_")}
    assert settings <= {f"PODSCOPE_{name.upper()}" for name in Settings.model_fields}
    assert services["podscope"]["read_only"]
    assert "ports" not in services["podscope"]
    assert "ports" not in services["postgres"]
    address = services["nginx"]["networks"]["outside"]["ipv4_address"]
    assert services["podscope"]["environment"]["FORWARDED_ALLOW_IPS"] == address
    assert "password" not in json.dumps(services["podscope"]["environment"])


def directives(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in re.sub(r"#.*", "", text).replace("{", ";").replace("}", ";").split(";"):
        words = line.split()
        if words:
            found.setdefault(words[0], []).append(" ".join(words[1:]))
    return found


def test_the_proxy_limits_what_the_site_limits() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    found = directives(text)

    assert text.count("{") == text.count("}")
    assert found["client_max_body_size"] == ["17m"]
    assert "X-Forwarded-For $remote_addr" in found["proxy_set_header"]
    assert "X-Request-Id $request_id" in found["proxy_set_header"]
    assert "podscope:8000 max_fails=0" in found["server"]  # tests/store/test_replicas.py: else readers are told 502
    assert "non_idempotent" in found["proxy_next_upstream"][0]
    assert not re.search(r"\$(request_uri|args|remote_addr|http_)", found["log_format"][0])
    for path in ("/metrics", "/readyz", "/healthz"):
        assert f"= {path}" in found["location"]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx to ask")
def test_nginx_takes_it(tmp_path: Path) -> None:
    text = (DEPLOY / "nginx.conf").read_text().replace("podscope:8000", "127.0.0.1:8000")
    (tmp_path / "nginx.conf").write_text(re.sub(r"listen .*443.*|ssl_.*|http2 on;", "", text))
    (tmp_path / "mime.types").write_text("types {}")
    told = subprocess.run(["nginx", "-t", "-p", str(tmp_path), "-c", "nginx.conf"], capture_output=True, text=True)

    assert told.returncode == 0, told.stderr
