"""The sequence `pod-packet`: follow a packet between Pods or to a Service, or break one thing on its way."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.widgetkit.contract import Example, Foreseen, Form, Line, Pane, Stage, Widget
from app.widgets.pod_packet.cast import DEFAULT, Network
from app.widgets.pod_packet.model import Fault, Name, SceneName, Story, tell
from app.widgets.pod_packet.stage import build_stage


def _listed(value: Any) -> Any:
    """A JSON list of addresses is as good as lines."""
    return "\n".join(str(item) for item in value) if isinstance(value, list) else value


class Inputs(Form):
    scene: SceneName = "other-node"
    network: Network = "vxlan"
    endpoints: Annotated[str, Line(46), BeforeValidator(_listed)] = DEFAULT
    name: Name = "web"
    fault: Fault = "none"


@dataclass(frozen=True)
class Outcome(Story):
    stage: Stage | None = None


def run(inputs: Inputs) -> Outcome:
    story = tell(inputs.scene, inputs.network, inputs.endpoints, inputs.name, inputs.fault)
    from_outside = inputs.scene == "service" and inputs.fault == "local-without-pod"
    stage = build_stage(inputs.scene, inputs.network, int(story.target_node[-1]), from_outside)
    return Outcome(**{field.name: getattr(story, field.name) for field in fields(story)}, stage=stage)


WIDGET = Widget(
    slug="pod-packet",
    form=Inputs,
    run=run,
    subject="pod-networking",
    kind="sequence",
    panes=(
        Pane("headers", "objects", kinds=("packet",)),
        Pane("kernel", "objects", wraps=True),
        Pane("terminal", "terminal", wraps=True),
    ),
    foreseen=Foreseen(
        (
            *("ip.ttl", "ip.src", "ip.protocol", "outer ip.src", "outer ip.dst", "outer udp.dst", "outer ip.protocol"),
            *("tcp.flags", "icmp.code", "arp.operation"),
        )
    ),
    examples=(
        Example(
            "other-node",
            {"scene": "other-node"},
            {
                "pod_mtu": 1450,
                "frames.2.key": "wrap",
                "frames.2.values.inner": "60",
                "frames.2.values.outer": "110",
                "frames.9.values.outer": "1500",
            },
            "flannel v0.28.9 pkg/backend/vxlan/vxlan_network.go: 14 + 20 + 8 + 8 = 50 bytes",
        ),
        Example(
            "plain-routing",
            {"scene": "other-node", "network": "host-gw"},
            {"pod_mtu": 1500, "frames.2.values.outer": "60"},
            "flannel v0.28.9 Documentation/backends.md: host-gw",
        ),
        Example(
            "service",
            {"scene": "service"},
            {
                "target": "10.244.2.7:8080",
                "frames.5.values.chance": "0.50000000000",
                "frames.4.values.chain": "KUBE-SVC-LOLE4ISW44XBNF3G",
            },
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go; sha256 of default/web and tcp",
        ),
        Example(
            "search-list",
            {"scene": "service", "name": "web.default.svc.cluster.local"},
            {
                "frames.1.key": "miss",
                "frames.3.key": "miss",
                "frames.4.key": "query",
            },
            "kubernetes v1.37 pkg/kubelet/network/dns/dns.go: ndots:5, three search domains",
        ),
        Example(
            "wrong-mtu",
            {"scene": "other-node", "fault": "wrong-mtu"},
            {"frames.9.key": "too-large", "frames.9.values.outer": "1500", "sees": "wrong-mtu.sees"},
            "flannel v0.28.9 pkg/backend/vxlan/vxlan_network.go: 1450 + 50 on a path of 1400",
        ),
        Example(
            "no-ready-endpoint",
            {"scene": "service", "fault": "no-ready-endpoint"},
            {"frames.5.verb": "ICMP port unreachable", "sees": "no-ready-endpoint.sees"},
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go: REJECT without endpoints",
        ),
        Example(
            "local-policy",
            {"scene": "service", "fault": "local-without-pod"},
            {"frames.1.key": "drop", "sees": "local-without-pod.sees"},
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go: has no local endpoints, DROP",
        ),
        Example(
            "same-node",
            {"scene": "same-node"},
            {"frames.0.verb": "ARP request", "frames.3.key": "switch"},
            "containernetworking/plugins plugins/main/bridge",
        ),
    ),
)
