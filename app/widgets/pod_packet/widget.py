"""The sequence `pod-packet`: follow a packet between Pods or to a Service, or break one thing on its way."""

from dataclasses import fields
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.record import dataclass
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
    endpoints: Annotated[str, Line(46), BeforeValidator(_listed, json_schema_input_type=str | list[Any])] = DEFAULT
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
    prints=("target", "target_node", "pod_mtu"),
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
                "frames.wrap.say.values.inner": "60",
                "frames.wrap.say.values.outer": "110",
                "frames.data.say.values.outer": "1500",
            },
            "flannel v0.28.9 pkg/backend/vxlan/vxlan_network.go: 14 + 20 + 8 + 8 = 50 bytes",
        ),
        Example(
            "plain-routing",
            {"scene": "other-node", "network": "host-gw"},
            {"pod_mtu": 1500, "frames.cross.say.values.outer": "60"},
            "flannel v0.28.9 Documentation/backends.md: host-gw",
        ),
        Example(
            "service",
            {"scene": "service"},
            {
                "target": "10.244.2.7:8080",
                "frames.pick.say.values.chance": "0.50000000000",
                "frames.match.say.values.chain": "KUBE-SVC-LOLE4ISW44XBNF3G",
            },
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go; sha256 of default/web and tcp",
        ),
        Example(
            "search-list",
            {"scene": "service", "name": "web.default.svc.cluster.local"},
            {
                "frames.miss.actors.dns": "says-no",
                "frames.miss#3.say.values.tried": "web.default.svc.cluster.local.cluster.local.",
                "frames.query.actors.dns": "looks-up",
            },
            "kubernetes v1.37 pkg/kubelet/network/dns/dns.go: ndots:5, three search domains",
        ),
        Example(
            "wrong-mtu",
            {"scene": "other-node", "fault": "wrong-mtu"},
            {"frames.too-large.say.values.outer": "1500", "sees.key": "end.wrong-mtu.sees"},
            "flannel v0.28.9 pkg/backend/vxlan/vxlan_network.go: 1450 + 50 on a path of 1400",
        ),
        Example(
            "no-ready-endpoint",
            {"scene": "service", "fault": "no-ready-endpoint"},
            {"frames.refused.verb": "ICMP port unreachable", "sees.key": "end.no-ready-endpoint.sees"},
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go: REJECT without endpoints",
        ),
        Example(
            "local-policy",
            {"scene": "service", "fault": "local-without-pod"},
            {"frames.drop.actors.rules-1": "drops", "sees.key": "end.local-without-pod.sees"},
            "kubernetes v1.37 pkg/proxy/iptables/proxier.go: has no local endpoints, DROP",
        ),
        Example(
            "same-node",
            {"scene": "same-node"},
            {"frames.arp.verb": "ARP request", "frames.switch.actors.bridge-1": "switches"},
            "containernetworking/plugins plugins/main/bridge",
        ),
    ),
)
