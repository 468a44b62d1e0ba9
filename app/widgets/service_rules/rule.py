"""One iptables rule, printed as kube-proxy writes it and as iptables-save lists it."""

import re
from collections.abc import Iterable
from math import floor

from app.record import dataclass
from app.widgets.service_rules.service import Address, Network

RANDOM_RANGE = 1 << 31
"""xt_statistic compares a random number of 31 bits.

include/uapi/linux/netfilter/xt_statistic.h, Linux v6.12.
"""


@dataclass(frozen=True)
class Rule:
    """What a rule matches and where it jumps; null means that it does not ask.

    `one_in` n: probability 1/n.
    """

    chain: str
    comment: str = ""
    protocol: str = ""
    source: Address | Network | None = None
    not_source: Network | None = None
    destination: Address | Network | None = None
    not_destination: Network | None = None
    port: int | None = None
    one_in: int | None = None
    check_recent: tuple[str, int] | None = None
    set_recent: str = ""
    address_type: tuple[str, str] | None = None
    mark: str = ""
    accounted: str = ""
    target: tuple[str, ...] = ()
    saved_target: tuple[str, ...] = ()
    is_v6: bool = False

    @property
    def written(self) -> str:
        """As kube-proxy feeds it to iptables-restore. pkg/proxy/iptables/proxier.go, v1.37.0."""
        words = ["-A", self.chain]
        if self.comment:
            quoted = f'"{self.comment}"' if " " in self.comment else self.comment
            words += ["-m", "comment", "--comment", quoted]
        if self.check_recent:
            name, seconds = self.check_recent
            words += ["-m", "recent", "--name", name, "--rcheck", "--seconds", str(seconds), "--reap"]
        if self.set_recent:
            words += ["-m", "recent", "--name", self.set_recent, "--set"]
        if self.address_type:
            words += ["-m", "addrtype", *self.address_type]
        if self.protocol:
            words += ["-m", self.protocol, "-p", self.protocol]
        if self.destination:
            words += ["-d", str(self.destination)]
        if self.not_destination:
            words += ["!", "-d", str(self.not_destination)]
        if self.port:
            words += ["--dport", str(self.port)]
        if self.accounted:
            words += ["-m", "nfacct", "--nfacct-name", self.accounted]
        if self.mark:
            words += ["-m", "mark", "!", "--mark", self.mark]
        if self.source:
            words += ["-s", str(self.source)]
        if self.not_source:
            words += ["!", "-s", str(self.not_source)]
        if self.one_in:
            words += [
                "-m",
                "statistic",
                "--mode",
                "random",
                "--probability",
                probability_written(self.one_in),
            ]
        return " ".join([*words, *_jump(self.target)])

    @property
    def saved(self) -> str:
        """As `iptables-save` lists it: addresses with their length first, defaults spelled out."""
        words = ["-A", self.chain]
        if self.source:
            words += ["-s", _with_length(self.source)]
        if self.not_source:
            words += ["!", "-s", str(self.not_source)]
        if self.destination:
            words += ["-d", _with_length(self.destination)]
        if self.not_destination:
            words += ["!", "-d", str(self.not_destination)]
        if self.protocol:
            words += ["-p", self.protocol]
        if self.comment:
            safe = re.fullmatch(r"[\w-]+", self.comment, re.ASCII)
            words += ["-m", "comment", "--comment", self.comment if safe else f'"{self.comment}"']
        mask = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" if self.is_v6 else "255.255.255.255"
        if self.check_recent:
            name, seconds = self.check_recent
            words += ["-m", "recent", "--rcheck", "--seconds", str(seconds), "--reap"]
            words += ["--name", name, "--mask", mask, "--rsource"]
        if self.set_recent:
            words += ["-m", "recent", "--set", "--name", self.set_recent, "--mask", mask, "--rsource"]
        if self.address_type:
            words += ["-m", "addrtype", *self.address_type]
        if self.protocol:
            words += ["-m", self.protocol]
        if self.port:
            words += ["--dport", str(self.port)]
        if self.accounted:
            words += ["-m", "nfacct", "--nfacct-name", "", self.accounted]
        if self.mark:
            words += ["-m", "mark", "!", "--mark", self.mark]
        if self.one_in:
            words += ["-m", "statistic", "--mode", "random", "--probability", probability_listed(self.one_in)]
        return " ".join([*words, *_jump(self.saved_target or self.target)])


def _jump(target: tuple[str, ...]) -> Iterable[str]:
    return ("-j", *target) if target else ()


def _with_length(address: Address | Network) -> str:
    return f"{address}/{address.max_prefixlen}" if "/" not in str(address) else str(address)


def probability_written(n: int) -> str:
    """1/n with ten digits. pkg/proxy/iptables/proxier.go, computeProbability, v1.37.0."""
    return f"{1 / n:.10f}"


def threshold(n: int) -> int:
    """The kernel's number for the written 1/n: a 31-bit random number below it matches.

    extensions/libxt_statistic.c, statistic_parse: lround(0x80000000 * probability), iptables v1.8.11.
    """
    return floor(RANDOM_RANGE * float(probability_written(n)) + 0.5)


def probability_listed(n: int) -> str:
    """The same as iptables-save prints it, with eleven digits.

    extensions/libxt_statistic.c, statistic_save.
    """
    return f"{threshold(n) / RANDOM_RANGE:.11f}"
