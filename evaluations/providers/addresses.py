"""Which network addresses the site may talk to: public ones, and those the operator allowed by host:port."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Endpoint = tuple[str, int]

# `is_global` of the standard library differs between releases, so the list is ours (IANA special-purpose
# registries) and the library's opinion is asked as well.
REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)


def is_public(text: str) -> bool:
    """True for a global unicast address that carries no other address inside it.

    Mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), 6to4 and Teredo forms are refused whatever they carry.
    """
    address = ipaddress.ip_address(text.split("%", 1)[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in REFUSED_V4)
    if address not in UNICAST_V6 or any(address in network for network in REFUSED_V6):
        return False
    return address.is_global and not _is_isatap(address)


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    return address.packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


def parse_allowed(text: str) -> frozenset[Endpoint]:
    """Endpoints of "host:port, [::1]:port": how an operator allows private endpoints.

    Raises ValueError with a sentence when an entry has no port.
    """
    return frozenset(_parse_endpoint(entry) for entry in text.replace(",", " ").split())


def _parse_endpoint(entry: str) -> Endpoint:
    host, _, port = entry.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{entry} is not host:port.")
    return normal_host(host), int(port)


def normal_host(host: str) -> str:
    """One spelling for a host, so that [0:0:0:0:0:0:0:1] and ::1 are the same entry."""
    bare = host.strip().strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return bare


def is_allowed(host: str, port: int, allowed: Iterable[Endpoint]) -> bool:
    return (normal_host(host), port) in frozenset(allowed)
