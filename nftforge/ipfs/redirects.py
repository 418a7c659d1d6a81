"""Where a gateway may send us on.

Gateways redirect: to the subdomain of a CID, to another host of theirs. One that is hostile, or
that somebody broke into, would send us to what only this machine can reach: a router, a node's
RPC, the metadata of a cloud; by a name of its own too, a subdomain included, for who has a domain
says where its names lead. So a redirect leads to public addresses, or stays at the port and the
addresses of the host that was named. Addresses are looked at as what they stand for: IPv6 has
several ways to write one of IPv4. Names are looked up here and again by the connection; between
the two a name can change, which gains little: blocks are asked for with GET, and what comes is
hashed.
Sources: https://owasp.org/www-community/attacks/Server_Side_Request_Forgery,
RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4291 (mapped)
"""

from __future__ import annotations

import ipaddress
import socket

import httpx

from nftforge.core.urls import origin as origin_of

AT_MOST = 5  # redirects one after the other
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(origin: httpx.URL, target: httpx.URL) -> str:
    """Why a service at `origin` may not send us to `target`; empty if it may."""
    if origin_of(str(target)) is None:
        return "which is no http or https address"
    same_port = (origin.port, origin.scheme) == (target.port, target.scheme)
    if same_port and target.host == origin.host:
        return ""
    home = _addresses(origin.host) if same_port else set()
    if all(_is_public(address) or address in home for address in _addresses(target.host)):
        return ""
    return "which only this machine can reach"


def _addresses(host: str) -> set[Address]:
    """None for a name that nobody knows here: a proxy may, or the connection will fail."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    texts = {str(row[4][0]).partition("%")[0] for row in found}
    return {_meant(ipaddress.ip_address(text)) for text in texts}


def _meant(address: Address) -> Address:
    """The address of IPv4 that is written into one of IPv6, if there is one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)
