"""Which network addresses a call may reach, by who named them."""

import ipaddress
import socket
from enum import StrEnum

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reach(StrEnum):
    """How far a call may go."""

    OUTSIDE = "outside"  # for addresses typed into a page: nothing of the house, ever
    ANYWHERE = "anywhere"  # for those set by who runs the machine: a gateway IS inside


class Inside(OSError):
    """The name leads to an address that this call may not reach."""


# Where clouds hand a machine its own secrets, besides 169.254.169.254, which is link-local as
# all of its kind: none of them is anybody's gateway, so nobody may call them.
OF_THE_MACHINE = tuple(
    ipaddress.ip_network(one)
    for one in ("fd00:ec2::/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32")
)
# All that IPv6 has given out so far (RFC 4291); what lies beyond stays in a house.
GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# Addresses of IPv4 that are written as ones of IPv6: read as what they are (RFC 6052) ...
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# ... or carried through a tunnel, 6to4 and Teredo, which nothing uses any more: never outside.
CARRIERS = tuple(ipaddress.IPv6Network(one) for one in ("2002::/16", "2001::/32"))


def may_reach(address: str, reach: Reach) -> bool:
    """Whether a call of this reach may go to the address, which is one and no name."""
    ip = _plain(ipaddress.ip_address(address))
    if ip.is_unspecified or ip.is_multicast or ip.is_link_local:
        return False
    if any(ip in network for network in OF_THE_MACHINE):
        return False
    return reach is Reach.ANYWHERE or _is_outside(ip)


def addresses_of(host: str, port: int, reach: Reach) -> list[str]:
    """The addresses of a name, asked for once. Raises Inside if one of them is out of reach.

    What is given back is what must be connected to: a name may answer otherwise the next time.
    Odd spellings, such as 2130706433 for 127.0.0.1, are read as the system reads them.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as problem:  # no name at all: a part is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a name") from problem
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not all(may_reach(one, reach) for one in addresses):
        raise Inside("the address lies where this call may not go")
    return addresses


def is_loopback(host: str) -> bool:
    """Whether a host as written in a setting is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return _plain(ipaddress.ip_address(host.strip("[]"))).is_loopback
    except ValueError:
        return False


def _plain(ip: IP) -> IP:
    """An address of IPv4 that is written as one of IPv6 is itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip


def _is_outside(ip: IP) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip not in GIVEN_OUT or any(ip in network for network in CARRIERS)
    ):
        return False
    return ip.is_global and not ip.is_reserved
