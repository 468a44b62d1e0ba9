"""The map: every component in its place and every connection between them, once wide and once for a phone."""

from collections.abc import Collection, Mapping
from typing import Literal

from app.record import dataclass
from app.widgets.cluster_map.cast import TALKS
from app.widgets.cluster_map.model import Component

Box = tuple[int, int, int, int]
Points = tuple[tuple[int, int], ...]

# Colour and glyph of each, as in every picture of the site.
KIND: Mapping[str, tuple[str, str]] = {
    "kubectl": ("user", "user"),
    "kube-apiserver": ("api", "api"),
    "etcd": ("etcd", "etcd"),
    "kube-scheduler": ("scheduler", "scheduler"),
    "kube-controller-manager": ("controller", "controller"),
    "cloud-controller-manager": ("controller", "controller"),
    "webhook": ("webhook", "webhook"),
    "kubelet": ("kubelet", "kubelet"),
    "container-runtime": ("runtime", "runtime"),
    "cni": ("cni", "cni"),
    "csi": ("disk", "disk"),
    "kube-proxy": ("proxy", "proxy"),
    "pod": ("pod", "pod"),
    "coredns": ("dns", "dns"),
    "metrics-server": ("node", "clock"),
    "registry": ("registry", "registry"),
}
UNSWITCHED = frozenset({"kubectl", "pod"})
"""What the map shows and nobody can switch off: the client, and what the cluster is for."""


@dataclass(frozen=True)
class Layout:
    name: Literal["wide", "tall"]
    width: int
    height: int
    glyph: int
    boxes: Mapping[str, Box]
    wires: Mapping[str, Points]
    zones: Mapping[str, Box]
    titles: Mapping[str, int]
    """How far from the left of its zone a title stands: where no wire runs."""


WIDE = Layout(
    "wide",
    1000,
    508,
    24,
    {
        "kubectl": (16, 152, 132, 68),
        "webhook": (16, 36, 132, 68),
        "kube-apiserver": (200, 152, 784, 68),
        "etcd": (216, 36, 168, 68),
        "kube-scheduler": (414, 36, 172, 68),
        "kube-controller-manager": (616, 36, 172, 68),
        "cloud-controller-manager": (818, 36, 160, 68),
        "csi": (28, 290, 160, 68),
        "kubelet": (216, 290, 168, 68),
        "container-runtime": (414, 290, 168, 68),
        "kube-proxy": (612, 290, 160, 68),
        "pod": (216, 376, 168, 60),
        "cni": (414, 376, 168, 60),
        "metrics-server": (804, 280, 164, 60),
        "coredns": (804, 354, 164, 60),
        "registry": (804, 440, 164, 60),
    },
    {
        "kubectl-api": ((148, 186), (200, 186)),
        "api-webhook": ((200, 166), (192, 166), (192, 70), (148, 70)),
        "api-etcd": ((300, 152), (300, 104)),
        "scheduler-api": ((500, 104), (500, 152)),
        "kcm-api": ((702, 104), (702, 152)),
        "ccm-api": ((898, 104), (898, 152)),
        "kubelet-api": ((264, 290), (264, 220)),
        "api-kubelet": ((306, 220), (306, 290)),
        "kubelet-runtime": ((384, 310), (414, 310)),
        "kubelet-csi": ((216, 324), (188, 324)),
        "kubelet-pod": ((300, 358), (300, 376)),
        "runtime-cni": ((498, 358), (498, 376)),
        "runtime-pod": ((414, 338), (399, 338), (399, 406), (384, 406)),
        "runtime-registry": ((582, 340), (597, 340), (597, 470), (804, 470)),
        "proxy-api": ((692, 290), (692, 220)),
        "pod-dns": ((300, 436), (300, 457), (797, 457), (797, 384), (804, 384)),
        "dns-api": ((968, 384), (978, 384), (978, 220)),
        "metrics-api": ((890, 280), (890, 220)),
        "api-metrics": ((936, 220), (936, 280)),
        "metrics-kubelet": ((814, 280), (814, 237), (348, 237), (348, 290)),
    },
    {
        "control-plane": (176, 12, 816, 220),
        "node": (16, 252, 772, 194),
        "add-on": (794, 252, 198, 172),
    },
    {"control-plane": 12, "node": 12, "add-on": 29},
)
TALL = Layout(
    "tall",
    400,
    486,
    16,
    {
        "kubectl": (16, 10, 112, 54),
        "webhook": (272, 10, 112, 54),
        "etcd": (16, 94, 106, 56),
        "kube-scheduler": (144, 94, 112, 56),
        "kube-controller-manager": (272, 94, 112, 56),
        "kube-apiserver": (20, 172, 236, 56),
        "cloud-controller-manager": (272, 172, 112, 56),
        "kubelet": (20, 270, 106, 56),
        "container-runtime": (144, 270, 112, 56),
        "kube-proxy": (272, 270, 112, 56),
        "pod": (20, 342, 106, 54),
        "cni": (144, 342, 112, 54),
        "csi": (272, 342, 112, 54),
        "metrics-server": (20, 424, 112, 54),
        "registry": (144, 424, 112, 54),
        "coredns": (272, 424, 112, 54),
    },
    {
        "kubectl-api": ((72, 64), (72, 69), (131, 69), (131, 172)),
        "api-webhook": ((139, 172), (139, 37), (272, 37)),
        "api-etcd": ((72, 172), (72, 150)),
        "scheduler-api": ((200, 150), (200, 172)),
        "kcm-api": ((290, 150), (290, 161), (240, 161), (240, 172)),
        "ccm-api": ((272, 200), (256, 200)),
        "kubelet-api": ((56, 270), (56, 228)),
        "api-kubelet": ((96, 228), (96, 270)),
        "kubelet-runtime": ((126, 285), (144, 285)),
        "kubelet-csi": ((100, 326), (100, 334), (328, 334), (328, 342)),
        "kubelet-pod": ((56, 326), (56, 342)),
        "runtime-cni": ((200, 326), (200, 342)),
        "runtime-pod": ((144, 312), (139, 312), (139, 369), (126, 369)),
        "runtime-registry": ((256, 305), (262, 305), (262, 406), (200, 406), (200, 424)),
        "proxy-api": ((300, 270), (300, 258), (190, 258), (190, 228)),
        "pod-dns": ((72, 396), (72, 414), (328, 414), (328, 424)),
        "dns-api": ((384, 451), (392, 451), (392, 241), (236, 241), (236, 228)),
        "metrics-api": ((20, 444), (5, 444), (5, 186), (20, 186)),
        "api-metrics": ((20, 214), (13, 214), (13, 458), (20, 458)),
        "metrics-kubelet": ((110, 424), (110, 406), (131, 406), (131, 300), (126, 300)),
    },
    {"control-plane": (2, 74, 396, 162), "node": (2, 248, 396, 154)},
    {"control-plane": 12, "node": 103},
)


@dataclass(frozen=True)
class DrawnBox:
    name: str
    kind: str
    glyph: str
    state: str
    off: bool
    hindered: bool
    switch: bool
    x: int
    y: int
    width: int
    height: int
    glyph_x: int
    glyph_y: int
    label_x: int
    label_y: int
    state_x: int
    state_y: int
    cross: str


@dataclass(frozen=True)
class DrawnWire:
    """A connection as a path in the direction in which it is opened; `cut` when one of its ends is gone."""

    path: str
    kind: str
    watch: bool
    cut: bool


@dataclass(frozen=True)
class DrawnZone:
    name: str
    x: int
    y: int
    width: int
    height: int
    title_x: int
    title_y: int


@dataclass(frozen=True)
class Picture:
    name: Literal["wide", "tall"]
    width: int
    height: int
    glyph: int
    zones: tuple[DrawnZone, ...]
    wires: tuple[DrawnWire, ...]
    boxes: tuple[DrawnBox, ...]


def draw(components: Collection[Component]) -> tuple[Picture, Picture]:
    """Both pictures of the cluster as it stands."""
    return _picture(WIDE, components), _picture(TALL, components)


def _picture(layout: Layout, components: Collection[Component]) -> Picture:
    gone = {component.name for component in components if component.state == "down"}
    return Picture(
        layout.name,
        layout.width,
        layout.height,
        layout.glyph,
        tuple(_zone(layout, name, box) for name, box in layout.zones.items()),
        tuple(
            DrawnWire(
                path=_path(layout.wires[talk.code]),
                kind=KIND[talk.opener][0],
                watch=talk.how == "watch",
                cut=bool({talk.opener, talk.to} & gone),
            )
            for talk in TALKS
            if talk.code in layout.wires
        ),
        tuple(_box(layout, component) for component in components),
    )


def _zone(layout: Layout, name: str, box: Box) -> DrawnZone:
    x, y, width, height = box
    return DrawnZone(name, x, y, width, height, x + layout.titles[name], y + (18 if layout.name == "wide" else 14))


def _box(layout: Layout, component: Component) -> DrawnBox:
    x, y, width, height = layout.boxes[component.name]
    kind, glyph = KIND[component.name]
    wide = layout.name == "wide"
    return DrawnBox(
        name=component.name,
        kind=kind,
        glyph=glyph,
        state=component.state,
        off=component.state == "down",
        hindered=component.state not in ("up", "down"),
        switch=component.name not in UNSWITCHED,
        x=x,
        y=y,
        width=width,
        height=height,
        glyph_x=12 if wide else 6,
        glyph_y=height // 2 - 12 if wide else 8,
        label_x=46 if wide else 25,
        label_y=height // 2 - 4 if wide else 22,
        state_x=46 if wide else 7,
        state_y=height // 2 + 15 if wide else 44,
        cross=f"M8 8L{width - 8} {height - 8}M{width - 8} 8L8 {height - 8}",
    )


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)
