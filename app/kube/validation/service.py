"""A Service and its EndpointSlices. pkg/apis/core/validation/validation.go, validateService, and
pkg/apis/discovery/validation/validation.go."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from app.kube.paste.part import Part
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import dns_label, dns_subdomain, label_key, label_value, port_name, port_number
from app.kube.validation.selector import annotations_faults, labels_faults
from app.kube.validation.strict import SERVICE, is_standing, unknown_fields

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_POLICIES = ("Cluster", "Local")
MOST_STICKY_S = 86_400


NODE_PORTS = range(30_000, 32_768)
"""--service-node-port-range of the API server by default."""


def allocation_faults(root: Part) -> Iterator[Fault]:
    """Node ports that the API server does not give out; it says so before it validates anything.

    pkg/registry/core/service/storage/alloc.go, initNodePorts, and portallocator/allocator.go, v1.36.3. What has a
    uid stands in a cluster already, and its API server may give out another range.
    """
    spec = root.part("spec")
    kind, ports = spec.text("type"), spec.parts("ports")
    if kind not in ("LoadBalancer", "NodePort") or is_standing(root):
        return
    numbers = [(port.integer("port") or 0, port.integer("nodePort") or 0) for port in ports]
    draws = kind == "NodePort" or spec.boolean("allocateLoadBalancerNodePorts") is not False
    by_port: dict[int, int] = {}
    given: set[int] = set()
    for port, (number, written) in zip(ports, numbers, strict=True):
        if not written and not draws:
            continue
        wanted = written
        if number not in by_port:
            wanted = next((node_port for other, node_port in numbers if other == number and node_port), 0)
            by_port[number] = wanted
        elif written == by_port[number]:
            continue
        if not wanted:
            continue
        at = At(port, ("nodePort",))
        if wanted not in NODE_PORTS:
            valid = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            said = f"provided port is not in the valid range. The range of valid ports is {valid}"
            yield at.invalid(wanted, said, "number")
        elif wanted in given:
            yield at.invalid(wanted, "provided port is already allocated", "twice")
        given.add(wanted)


def service_faults(root: Part) -> Iterator[Fault]:
    """ValidateServiceCreate, with the defaults in place; an address that only the API server assigns is not asked."""
    metadata, spec = root.part("metadata"), root.part("spec")
    kind = spec.text("type") or "ClusterIP"
    yield from unknown_fields(spec, SERVICE)
    yield from _metadata_faults(metadata)
    is_headless = spec.text("clusterIP") == "None"
    if not spec.parts("ports") and not is_headless and kind != "ExternalName":
        yield At(spec, ("ports",)).required()
    yield from _type_faults(spec, kind, is_headless=is_headless)
    yield from _ports_faults(spec)
    yield from labels_faults(spec, "selector")
    yield from _affinity_faults(spec)
    yield from _cluster_ip_faults(spec, kind)
    for i, text in enumerate(map(str, spec.items("externalIPs"))):
        at = At(spec, ("externalIPs", i))
        wrong = list(_address_faults(at, text))
        yield from wrong or _special_faults(at, text)
    if kind not in _TYPES:
        yield At(spec, ("type",)).not_supported(kind, _TYPES)
    yield from _twin_faults(spec, kind)
    yield from _source_range_faults(spec, kind)
    yield from _policy_faults(spec, kind)


def _metadata_faults(metadata: Part) -> Iterator[Fault]:
    """Names of Services are DNS labels: since v1.36 with RelaxedServiceNameValidation a digit may stand first."""
    if name := metadata.text("name"):
        yield from At(metadata, ("name",)).each(name, dns_label(name), "name")
    elif not metadata.text("generateName"):
        yield At(metadata, ("name",)).required("name or generateName is required")
    if namespace := metadata.text("namespace"):
        yield from At(metadata, ("namespace",)).each(namespace, dns_label(namespace), "name")
    yield from labels_faults(metadata, "labels")
    yield from annotations_faults(metadata)


def _type_faults(spec: Part, kind: str, *, is_headless: bool) -> Iterator[Fault]:
    if kind in ("LoadBalancer", "NodePort") and is_headless:
        at = At(spec, ("clusterIP",)).called("spec.clusterIPs[0]")
        yield at.invalid("None", f"may not be set to 'None' for {kind} services", "service-headless")
    if kind != "ExternalName":
        return
    if spec.text("clusterIP"):
        at = At(spec, ("clusterIP",)).called("spec.clusterIPs")
        yield at.forbidden("may not be set for ExternalName services")
    for key in ("ipFamilies", "ipFamilyPolicy"):
        if spec.content.get(key):
            yield At(spec, (key,)).forbidden("may not be set for ExternalName services")
    name = spec.text("externalName").removesuffix(".")
    if name:
        yield from At(spec, ("externalName",)).each(name, dns_subdomain(name), "name")
    else:
        yield At(spec, ("externalName",)).required()


def _ports_faults(spec: Part) -> Iterator[Fault]:
    """validateServicePort, port after port."""
    ports, names = spec.parts("ports"), set[str]()
    for port in ports:
        at, name = At(port), port.text("name")
        if name:
            yield from at.child("name").each(name, dns_label(name), "name")
            if name in names:
                yield at.child("name").duplicate(name)
            names.add(name)
        elif len(ports) > 1:
            yield at.child("name").required()
        number = port.integer("port") or 0
        yield from at.child("port").each(number, port_number(number), "port")
        protocol = port.text("protocol")
        if protocol and protocol not in _PROTOCOLS:
            yield at.child("protocol").not_supported(protocol, _PROTOCOLS)
        if app_protocol := port.text("appProtocol"):
            yield from at.child("appProtocol").each(app_protocol, label_key(app_protocol), "label")
        yield from _target_faults(port)


def _target_faults(port: Part) -> Iterator[Fault]:
    """ValidatePortNumOrName; absent, 0 and empty are filled in with the port itself."""
    at, target = At(port, ("targetPort",)), port.content.get("targetPort")
    if not isinstance(target, str):
        target = port.integer("targetPort")
    target = target or port.integer("port") or 0
    if isinstance(target, str):
        yield from at.each(target, port_name(target), "port")
    else:
        number = int(target)
        yield from at.each(number, port_number(number), "port")


def _affinity_faults(spec: Part) -> Iterator[Fault]:
    affinity = spec.text("sessionAffinity") or "None"
    if affinity not in ("ClientIP", "None"):
        yield At(spec, ("sessionAffinity",)).not_supported(affinity, ("ClientIP", "None"))
    if affinity != "ClientIP":
        return
    client = spec.part("sessionAffinityConfig").part("clientIP")
    seconds = client.integer("timeoutSeconds")
    if seconds is not None and not 0 < seconds <= MOST_STICKY_S:
        said = f"must be greater than 0 and less than {MOST_STICKY_S}"
        yield At(client, ("timeoutSeconds",)).invalid(seconds, said, "number")


def _cluster_ip_faults(spec: Part, kind: str) -> Iterator[Fault]:
    """ValidateServiceClusterIPsRelatedFields, for the address that kube-proxy uses and the family it is of."""
    if kind == "ExternalName":
        return
    address, listed = spec.text("clusterIP"), [str(item) for item in spec.items("clusterIPs")]
    at = At(spec, ("clusterIPs",))
    if address and listed and listed[0] != address:
        yield at.invalid(listed, "first value must match `clusterIP`", "address")
    elif not address and listed:
        yield at.invalid(listed, "must be empty when `clusterIP` is not specified", "address")
    seen: set[str] = set()
    for i, family in enumerate(map(str, spec.items("ipFamilies"))):
        if family not in ("IPv4", "IPv6"):
            yield At(spec, ("ipFamilies", i)).not_supported(family, ("IPv4", "IPv6"))
        if family in seen:
            yield At(spec, ("ipFamilies", i)).duplicate(family)
        seen.add(family)
    policy = spec.text("ipFamilyPolicy")
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    if policy and policy not in policies:
        yield At(spec, ("ipFamilyPolicy",)).not_supported(policy, policies)
    if address and address != "None":
        place = At(spec, ("clusterIP",)).called("spec.clusterIPs[0]")
        wrong = list(_address_faults(place, address))
        yield from wrong
        families = [str(item) for item in spec.items("ipFamilies")]
        if not wrong and families and families[0] != _family(address):
            said = f"expected an {families[0]} value as indicated by `ipFamilies[0]`"
            yield place.invalid(address, said, "address")


def _family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as ParseIPSloppy takes it: leading zeros in IPv4 are decimal. No zone."""
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10}){3}", text, re.ASCII):
        text = ".".join(str(int(part)) for part in text.split("."))
    if not re.fullmatch(r"[0-9a-fA-F:.]{2,45}", text):
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def _address_faults(at: At, text: str) -> Iterator[Fault]:
    """IsValidIPForLegacyField, strict by StrictIPCIDRValidation."""
    address = parse_address(text)
    if address is None:
        yield at.invalid(text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", "address")
    elif _has_leading_zeros(text):
        yield at.invalid(text, "must not have leading 0s", "address")
    elif isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield at.invalid(text, "must not be an IPv4-mapped IPv6 address", "address")


def _has_leading_zeros(text: str) -> bool:
    """Of the decimal parts of an address."""
    return any(len(part) > 1 and part[0] == "0" for part in text.rpartition(":")[2].split(".")) and "." in text


def _special_faults(at: At, text: str) -> Iterator[Fault]:
    """ValidateEndpointIP: addresses that mean something else."""
    address = parse_address(text)
    if address is None:
        return
    if address.is_unspecified:
        yield at.invalid(text, f"may not be unspecified ({text})", "address")
    if address.is_loopback:
        yield at.invalid(text, "may not be in the loopback range (127.0.0.0/8, ::1/128)", "address")
    if address.is_link_local:
        yield at.invalid(text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)", "address")
    local = ("224.0.0.0/24", "ff02::/16")
    if any(address in ip_network(network) for network in local):
        said = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
        yield at.invalid(text, said, "address")


def _twin_faults(spec: Part, kind: str) -> Iterator[Fault]:
    """Node ports where there are none, and ports that stand twice with their protocol."""
    ports = [(port, port.text("protocol") or "TCP") for port in spec.parts("ports")]
    node_ports: set[tuple[str, int]] = set()
    numbers: set[tuple[str, int]] = set()
    if kind == "ClusterIP":
        for port, _ in ports:
            if port.integer("nodePort"):
                said = "may not be used when `type` is 'ClusterIP'"
                yield At(port, ("nodePort",)).forbidden(said)
    for port, protocol in ports:
        number = port.integer("nodePort") or 0
        if number and (protocol, number) in node_ports:
            yield At(port, ("nodePort",)).duplicate(number)
        node_ports.add((protocol, number))
    for port, protocol in ports:
        number = port.integer("port") or 0
        if (protocol, number) in numbers:
            shown = {
                **{"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number},
                **{"TargetPort": 0, "NodePort": 0},
            }
            yield At(port).duplicate(shown)
        numbers.add((protocol, number))


def _source_range_faults(spec: Part, kind: str) -> Iterator[Fault]:
    ranges = spec.items("loadBalancerSourceRanges")
    name = "spec.LoadBalancerSourceRanges"
    at = At(spec, ("loadBalancerSourceRanges",))
    if ranges and kind != "LoadBalancer":
        yield at.called(name).forbidden("may only be used when `type` is 'LoadBalancer'")
    for i, text in enumerate(str(item).strip() for item in ranges):
        if not is_network(text):
            said = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            yield at.child(i).called(f"{name}[{i}]").invalid(text, said, "address")


def is_network(text: str) -> bool:
    address, slash, bits = text.partition("/")
    parsed = parse_address(address)
    if parsed is None or not slash or not re.fullmatch(r"[0-9]{1,3}", bits, re.ASCII):
        return False
    return int(bits) <= parsed.max_prefixlen


def _policy_faults(spec: Part, kind: str) -> Iterator[Fault]:
    """Traffic policies, and the health check port that belongs to one of them."""
    external = spec.text("externalTrafficPolicy")
    at = At(spec, ("externalTrafficPolicy",))
    is_outside = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(spec.items("externalIPs")))
    if external and not is_outside:
        yield at.invalid(external, "may only be set for externally-accessible services", "leave-out")
    elif external and external not in _POLICIES:
        yield at.not_supported(external, _POLICIES)
    health = spec.integer("healthCheckNodePort") or 0
    if health and not (kind == "LoadBalancer" and external == "Local"):
        said = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield At(spec, ("healthCheckNodePort",)).invalid(health, said, "leave-out")
    elif health:
        yield from At(spec, ("healthCheckNodePort",)).each(health, port_number(health), "port")
    internal = spec.text("internalTrafficPolicy")
    if internal and internal not in _POLICIES:
        yield At(spec, ("internalTrafficPolicy",)).not_supported(internal, _POLICIES)
    spread = spec.text("trafficDistribution")
    known = ("PreferClose", "PreferSameZone", "PreferSameNode")
    if spread and spread not in known:
        yield At(spec, ("trafficDistribution",)).not_supported(spread, known)


# --- EndpointSlices ---


def endpoint_slice_faults(root: Part) -> Iterator[Fault]:
    """ValidateEndpointSlice. Without an addressType the API server refuses too; it is not read, so not asked."""
    metadata = root.part("metadata")
    if name := metadata.text("name"):
        yield from At(metadata, ("name",)).each(name, dns_subdomain(name), "name")
    yield from labels_faults(metadata, "labels")
    yield from annotations_faults(metadata)
    kind = root.text("addressType")
    if kind and kind not in ("FQDN", "IPv4", "IPv6"):
        yield At(root, ("addressType",)).not_supported(kind, ("FQDN", "IPv4", "IPv6"))
    yield from _slice_port_faults(root)
    for endpoint in root.parts("endpoints"):
        yield from _endpoint_faults(endpoint, kind)


def _slice_port_faults(root: Part) -> Iterator[Fault]:
    names: set[str] = set()
    for port in root.parts("ports"):
        at, name = At(port, ("name",)), port.text("name")
        if name:
            yield from at.each(name, dns_label(name), "name")
        if name in names:
            yield at.duplicate(name)
        names.add(name)
        protocol = port.text("protocol")
        if protocol and protocol not in _PROTOCOLS:
            yield At(port, ("protocol",)).not_supported(protocol, _PROTOCOLS)
        if app_protocol := port.text("appProtocol"):
            yield from At(port, ("appProtocol",)).each(app_protocol, label_key(app_protocol), "label")


def _endpoint_faults(endpoint: Part, kind: str) -> Iterator[Fault]:
    at, addresses = At(endpoint, ("addresses",)), [str(item) for item in endpoint.items("addresses")]
    if not addresses:
        yield at.required("must contain at least 1 address")
    elif len(addresses) > 100:
        yield at.too_many(len(addresses), 100)
    for i, text in enumerate(addresses):
        if kind in ("", "IPv4", "IPv6"):
            yield from _slice_address_faults(at, i, text, kind)
    if name := endpoint.text("nodeName"):
        yield from At(endpoint, ("nodeName",)).each(name, dns_subdomain(name), "name")
    hints = endpoint.part("hints")
    for key in ("forZones", "forNodes"):
        yield from _hint_faults(hints, key)


def _slice_address_faults(at: At, i: int, text: str, kind: str) -> Iterator[Fault]:
    wrong = list(_address_faults(at.child(i), text))
    if wrong:
        yield from wrong
        return
    if kind and _family(text) != kind:
        yield at.invalid(text, f"must be an {kind} address", "address")
    yield from _special_faults(at.child(i), text)


def _hint_faults(hints: Part, key: str) -> Iterator[Fault]:
    found = hints.parts(key)
    if len(found) > 8:
        yield At(hints, (key,)).too_many(len(found), 8)
        return
    names: set[str] = set()
    for hint in found:
        at, name = At(hint, ("name",)), hint.text("name")
        if name in names:
            yield at.duplicate(name)
        names.add(name)
        yield from at.each(name, label_value(name) if key == "forZones" else dns_subdomain(name), "name")
