"""Where a gateway may send us on.

Gateways redirect: to the subdomain of a CID, to another host of theirs. One that is hostile, or
that somebody broke into, would send us to what only this machine can reach: a router, a node's
RPC, the metadata of a cloud. So a redirect leads to public addresses, or stays with the host that
was named. Names are looked up here and again by the connection; between the two a name can change,
which gains little: blocks are asked for with GET, and what comes is hashed.
Source: https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
"""

from __future__ import annotations

import ipaddress
import socket

import httpx

AT_MOST = 5  # redirects one after the other


def may_lead(origin: httpx.URL, target: httpx.URL) -> bool:
    """Whether a service at `origin` may send us to `target`."""
    if target.scheme not in ("http", "https") or not target.host:
        return False
    same_port = (origin.port, origin.scheme) == (target.port, target.scheme)
    if same_port and (target.host == origin.host or target.host.endswith(f".{origin.host}")):
        return True
    return all(address.is_global for address in _addresses(target.host))


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """None for a name that nobody knows here: a proxy may, or the connection will fail."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    return [getattr(address, "ipv4_mapped", None) or address for address in addresses]
