"""URLs: whose they are, what of them may be shown, and what of them is a secret.

An address of a node or a service often is a key as well: in its user part, as a segment of its path
(`/v3/KEY`), as a value of its query, as a label of its host. A service that is asked there may
repeat only that part, so parts are what is hidden, not whole URLs.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

Origin = tuple[str, str, int]  # scheme, host, port (RFC 6454)

NO_URL = "(no URL)"
PORTS = {"http": 80, "https": 443}
BARE_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?=[:/]|$)|(?:localhost|[\d.]+)(?=:\d)", re.IGNORECASE
)
NAMES_A_KEY = re.compile(r"key|token|secret|auth|pass|jwt|sig", re.IGNORECASE)


def origin(url: str) -> Origin | None:
    """Whom a URL names; None if it is no http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or not _is_name(parts.hostname):
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


def instead_of_url(url: str) -> str:
    """What is wrong with what is no http or https address; of it a host at most, for the rest may
    be a key."""
    if bare := BARE_HOST.match(url):
        named = re.search(r"[a-z]", bare[0].removeprefix("localhost"), re.IGNORECASE)
        scheme = "https" if named else "http"  # of a node of one's own
        return f"{scheme}:// is missing before {bare[0]}"
    if url.startswith(("ws:", "wss:")):
        return "this is a web socket's address (wss://); the same node has one with https://"
    return "an address begins with https:// (or http://) and names a host"


def _is_name(host: str) -> bool:
    """Whether a host can be looked up: no label is empty or too long (RFC 1035, 2.3.4)."""
    try:
        return len(host.encode("idna")) <= 253
    except UnicodeError:
        return False


def password(url: str) -> str:
    """That of its user part; none of what is no URL."""
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def without_secrets(url: str) -> str:
    """scheme://host:port of a URL: its path and user may hold keys. "(no URL)" if it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return NO_URL
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host else NO_URL


def secret_parts(url: str) -> set[str]:
    """What of a URL nobody else may see, each as it stands there and as it reads; all of it, if it
    is more than the name of a host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return {url}
    found = set(_of_user(parts.netloc.rpartition("@")[0]))
    found |= {segment for segment in parts.path.split("/") if looks_like_a_key(segment)}
    labels = host.split(".")
    found |= {
        each for each in labels if len(each) >= 24 and each.isalnum() and looks_like_a_key(each)
    }
    for name, value in parse_qsl(parts.query):
        if looks_like_a_key(value) or (NAMES_A_KEY.search(name) and len(value) > 3):
            found.add(value)
    query = [part.partition("=")[2] for part in parts.query.split("&")]
    found |= {value for value in query if unquote(value) in found}
    holds_more = any(parts[1:]) and url.rstrip("/") != without_secrets(url)  # than https://
    whole = {url} if holds_more else set()
    return found | {unquote(part) for part in found} | whole


def _of_user(user: str) -> Iterator[str]:
    """The password, and the ways in which both are sent or told."""
    if user:
        yield user
        yield base64.b64encode(unquote(user).encode()).decode()
        name, _, password = user.partition(":")
        if len(password) > 3:
            yield password
        if not password or looks_like_a_key(name):  # https://KEY@host
            yield name


def looks_like_a_key(text: str) -> bool:
    """Long, and no word: with digits or capitals among the letters, or very long."""
    if len(text) < 8:
        return False
    mixed = bool(re.search(r"\d", text)) or not (text.islower() or text.istitle())
    return len(text) >= 20 or (mixed and bool(re.search(r"[A-Za-z]", text)))
