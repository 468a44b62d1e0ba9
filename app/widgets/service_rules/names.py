"""The names of kube-proxy's chains: a hash of the Service port, and of the endpoint."""

from base64 import b32encode
from hashlib import sha256

NFT_NAME_MAX = 240
"""Longest name without its prefix: knftables' 256 less 16. pkg/proxy/nftables/proxier.go, v1.37.0."""


def port_name(namespace: str, service: str, port: str) -> str:
    """`ns/svc:port`, without the colon for a port without a name.

    pkg/proxy/types.go, ServicePortName.String.
    """
    return f"{namespace}/{service}:{port}" if port else f"{namespace}/{service}"


def iptables_hash(*words: str) -> str:
    """16 characters of base32 of SHA-256. pkg/proxy/iptables/proxier.go, portProtoHash, v1.37.0."""
    return b32encode(sha256("".join(words).encode()).digest()).decode()[:16]


def nft_name(prefix: str, name: str) -> str:
    """8 characters of hash, then the readable name, cut when too long.

    nftables/proxier.go, hashAndTruncate.
    """
    full = f"{b32encode(sha256(name.encode()).digest()).decode()[:8]}-{name}"
    return prefix + (full if len(full) <= NFT_NAME_MAX else f"{full[: NFT_NAME_MAX - 3]}...")
