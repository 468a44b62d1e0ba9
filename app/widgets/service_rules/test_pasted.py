"""A Service as applied, its endpoints in every way that people paste them, and slices that kube-proxy does not find."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

import json
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.service_rules.widget import Inputs, Outcome, run

SERVICE = {
    "kind": "Service",
    "metadata": {"name": "mill"},
    "spec": {"clusterIP": "10.96.7.7", "ports": [{"port": 80, "targetPort": 8080}]},
}
TWO = ["10.4.5.6:8080", "10.4.5.7:8080"]


def ask(service: Any = SERVICE, endpoints: Any = "10.4.5.6:8080\n", **inputs: Any) -> Outcome:
    texts = {"service": service, "endpoints": endpoints}
    typed: dict[str, Any] = {key: text if isinstance(text, str) else json.dumps(text) for key, text in texts.items()}
    return run(Inputs(**typed, **inputs))


def made(name: str = "mill", **spec: Any) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def sliced(labels: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": "mill-1", "labels": labels},
        "ports": [{"name": "", "port": 8080}],
        "endpoints": [{"addresses": ["10.4.5.6"]}],
        **more,
    }


def addresses(outcome: Outcome) -> list[str]:
    return [backend.address for backend in outcome.backends]


def test_a_slice_without_the_name_of_its_service_is_not_found() -> None:
    """kube-proxy goes by the label kubernetes.io/service-name (pkg/proxy/endpointslicecache.go, v1.37.0)."""
    outcome = ask(endpoints=sliced({"made-by": "hand"}))

    assert (outcome.ports[0].verdict, outcome.backends) == ("rejected", ())
    assert [(one.name, one.reason) for one in outcome.passed_over] == [("mill-1", "no-service-name")]


def test_a_slice_of_another_service_is_named() -> None:
    other = sliced({"kubernetes.io/service-name": "other"})

    assert [one.reason for one in ask(endpoints=other).passed_over] == ["other-service"]


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ({"kind": "Endpoints", "metadata": {"name": "mill"}, "subsets": [{"addresses": [{"ip": "10.4.5.6"}], "ports": [{"port": 8080}]}]}, TWO[:1]),
        ({"kind": "Endpoints", "metadata": {"name": "mill"}, "subsets": [{"notReadyAddresses": [{"ip": "10.4.5.6"}], "ports": [{"port": 8080}]}]}, []),
        ({"kind": "Endpoints", "metadata": {"name": "other"}, "subsets": [{"addresses": [{"ip": "10.4.5.6"}], "ports": [{"port": 8080}]}]}, []),
        ("NAME   ENDPOINTS                       AGE\nmill   10.4.5.6:8080,10.4.5.7:8080     5m\n", TWO),
        ("NAME    ENDPOINTS        AGE\nother   10.4.5.9:8080    5m\nmill    10.4.5.6:8080    5m\n", TWO[:1]),
        ("NAMESPACE   NAME   ENDPOINTS        AGE\nshop        mill   10.4.5.9:8080    5m\ndefault     mill   10.4.5.6:8080    5m\n", TWO[:1]),
        ("NAME   ENDPOINTS   AGE\nmill   <none>      5m\n", []),
        ("Endpoints:         10.4.5.6:8080,10.4.5.7:8080\n", TWO),
        ("10.4.5.6:8080, 10.4.5.7:8080", TWO),
        ("Name:         mill\nNamespace:    default\nSubsets:\n  Addresses:          10.4.5.6,10.4.5.7\n  NotReadyAddresses:  <none>\n  Ports:\n    Name     Port  Protocol\n    ----     ----  --------\n    <unset>  8080  TCP\n\n", TWO),
        ([sliced({"kubernetes.io/service-name": "mill"})], TWO[:1]),
        ("mill   10.4.5.6:8080,10.4.5.7:8080   5m\nother   10.4.5.9:8080   5m\n", TWO),
        ("$ kubectl get ep -A | grep mill\ndefault   mill   10.4.5.6:8080   5m\nshop   mill   10.4.5.9:8080   5m\n", TWO[:1]),
        ("$ kubectl get endpoints\nNAME   ENDPOINTS       AGE\nmill   10.4.5.6:8080   5m\n$ \n", TWO[:1]),
    ],
)  # fmt: skip
def test_endpoints_are_read_as_they_are_pasted(endpoints: Any, expected: list[str]) -> None:
    assert addresses(ask(endpoints=endpoints)) == expected


@pytest.mark.parametrize(
    ("endpoints", "code"),
    [
        ("NAME   ENDPOINTS                                               AGE\nmill   10.4.5.6:8080,10.4.5.7:8080,10.4.5.8:8080 + 1 more...   5m\n", "service-cut"),
        ("Endpoints:         10.4.5.6:8080,10.4.5.7:8080,10.4.5.8:8080 + 1 more...\n", "service-cut"),
        ("NAME         ADDRESSTYPE   PORTS   ENDPOINTS             AGE\nmill-x7k2p   IPv4          8080    10.4.5.6,10.4.5.7     5m\n", "paste-printed"),
        ("NAME   READY   STATUS    RESTARTS   AGE   IP         NODE\nmill   1/1     Running   0          5m    10.4.5.6   n1\n", "paste-printed"),
        ("-A KUBE-SVC-67NZLRHBNDSAWJRO -j KUBE-SEP-AAAA\n", "paste-printed"),
    ],
)  # fmt: skip
def test_what_is_cut_off_or_says_too_little_names_the_command(endpoints: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(endpoints=endpoints)

    assert (refused.value.code, refused.value.field) == (code, "endpoints")
    assert refused.value.values["wanted"].startswith("kubectl get endpointslices")


def test_what_the_api_server_assigns_is_stood_in_for() -> None:
    """kubernetes/kubernetes#123954, the example of the documentation."""
    outcome = ask(made(type="LoadBalancer", externalTrafficPolicy="Local"))

    assert [(one.field, one.value) for one in outcome.assigned] == [
        ("spec.clusterIP", "10.96.0.100"),
        ("spec.ports[0].nodePort", "30001"),
        ("spec.healthCheckNodePort", "30002"),
    ]
    assert outcome.ports[0].address == "10.96.0.100:80"
    assert not ask(SERVICE).assigned
    assert ask(made(ipFamilies=["IPv6"]), "[fd00::1]:80").ports[0].address == "[fd00:10:96::64]:80"


def test_what_was_not_written_is_said() -> None:
    filled = {one.field: one.value for one in ask(made()).filled}

    assert filled == {
        "spec.type": "ClusterIP",
        "spec.sessionAffinity": "None",
        "spec.ports[0].protocol": "TCP",
        "spec.ports[0].targetPort": "80",
        "spec.internalTrafficPolicy": "Cluster",
    }


def test_a_list_of_both_is_read_in_either_field() -> None:
    """As `kubectl get svc,endpointslice -o yaml` prints it."""
    both = {"kind": "List", "items": [SERVICE, sliced({"kubernetes.io/service-name": "mill"})]}

    alone, beside = ask(both, ""), ask(both, "10.4.5.7:8080")

    assert (addresses(alone), alone.passed_over) == (TWO[:1], ())
    assert addresses(beside) == TWO[1:]
    assert [(one.kind, one.reason) for one in beside.passed_over] == [("EndpointSlice", "other-kind")]
    assert addresses(ask(endpoints=both)) == TWO[:1]


def test_of_several_services_the_one_that_the_slices_name_is_computed() -> None:
    """As `kubectl get services -o yaml` prints them, `kubernetes` first."""
    several = {"kind": "List", "items": [made("kubernetes"), SERVICE, made("other")]}

    named, first = ask(several, sliced({"kubernetes.io/service-name": "mill"})), ask(several)

    assert (named.ports[0].full_name, first.ports[0].full_name) == ("default/mill", "default/kubernetes")
    assert [(one.name, one.reason) for one in named.passed_over] == [
        ("kubernetes", "one-is-enough"),
        ("other", "one-is-enough"),
    ]


def test_names_of_chains_depend_on_the_protocol() -> None:
    """kubernetes/kubernetes#47533."""
    dns = {
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system"},
        "spec": {
            "clusterIP": "10.96.0.10",
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP"},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
            ],
        },
    }

    outcome = ask(dns, "10.244.0.2:53\n")

    names = {chain.name for chain in outcome.chains}
    assert {"KUBE-SVC-TCOU7JCQXEZGVUNU", "KUBE-SVC-ERIFXISQEP7F7OF4", "KUBE-SEP-IT2ZTR26TO4XFPTO"} <= names


DESCRIBED = """\
Name:                     mill
Namespace:                shop
Labels:                   <none>
Annotations:              <none>
Selector:                 app=mill
Type:                     NodePort
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.96.7.7
IPs:                      10.96.7.7
Port:                     http  80/TCP
TargetPort:               8080/TCP
NodePort:                 http  30080/TCP
Endpoints:                10.4.5.6:8080,10.4.5.7:8080
Session Affinity:         None
External Traffic Policy:  Local
Internal Traffic Policy:  Cluster
Events:                   <none>
"""


def test_a_described_service_is_read_with_its_endpoints() -> None:
    outcome = ask(DESCRIBED, "")

    assert (outcome.ports[0].full_name, outcome.ports[0].address) == ("shop/mill:http", "10.96.7.7:80")
    assert addresses(outcome) == TWO
    assert ask(DESCRIBED, "", client="outside").ports[0].address == "*:30080"


@pytest.mark.parametrize(
    "text",
    [
        DESCRIBED.replace("Session Affinity:         None", "Session Affinity:         ClientIP"),
        "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nmill   ClusterIP   10.96.7.7    <none>        80/TCP    5d\n",
        "*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -j KUBE-NODEPORTS\n",
    ],
)
def test_a_service_that_is_printed_in_part_names_the_command(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(text)

    assert (refused.value.code, refused.value.field) == ("paste-printed", "service")
    assert refused.value.values["wanted"] == "kubectl get service NAME -o yaml"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"type": "NodePort", "clusterIP": "None"}, "may not be set to 'None' for NodePort services"),
        ({"type": "ExternalName"}, "spec.externalName: Required value"),
        ({"sessionAffinity": "Cookie"}, 'supported values: "ClientIP", "None"'),
        ({"ports": [{"port": 80}, {"port": 81}]}, "spec.ports[0].name: Required value"),
        ({"ports": [{"port": 80, "nodePort": 30080}]}, "may not be used when `type` is 'ClusterIP'"),
        ({"externalTrafficPolicy": "Local"}, "may only be set for externally-accessible services"),
    ],
)
def test_what_the_api_server_refuses_is_refused_in_its_words(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(made(**spec))

    assert said in refused.value.values["said"]


def test_a_loopback_address_in_a_slice_is_refused() -> None:
    with pytest.raises(Refusal, match="api-address"):
        ask(endpoints=sliced({"kubernetes.io/service-name": "mill"}, endpoints=[{"addresses": ["127.0.0.1"]}]))


def test_no_endpoints_as_kubectl_prints_them_are_none() -> None:
    assert ask(endpoints="Endpoints:         <none>\n").ports[0].verdict == "rejected"
