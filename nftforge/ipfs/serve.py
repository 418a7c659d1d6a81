"""A small IPFS gateway on loopback, out of a blockstore: what is there is seen before it is public.

    GET /ipfs/{cid}[/path]                 the file, with its type and byte ranges; or a listing
    GET /ipfs/{cid}?format=raw             the block
    GET /ipfs/{cid}[/path]?format=car      a CAR v1; dag-scope=block|entity|all

An `Accept` header works like `format`. Requests must name this machine in `Host`: a web page from
elsewhere cannot read it by rebinding a name. Sources: https://specs.ipfs.tech/http-gateways/
trustless-gateway/ and path-gateway/
"""

from __future__ import annotations

import html
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from urllib.parse import parse_qs, quote, unquote, urlsplit

from nftforge.core.errors import ConfigError, MismatchError
from nftforge.core.loopback import LoopbackServer, Reply, Request, partial_reply, text_reply
from nftforge.core.sniff import UNKNOWN, kind_of
from nftforge.ipfs import dag
from nftforge.ipfs.car import CAR_TYPE, RAW_TYPE, car_writer
from nftforge.ipfs.cid import Cid

SCOPES = ("block", "entity", "all")
SNIFF = 512  # bytes looked at where a file has no name
ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",  # a picture with a script in it stays a picture
}


@dataclass(frozen=True)
class Query:
    """What was asked for."""

    root: Cid
    path: str
    format: str  # raw, car, or empty: the file itself
    scope: str  # of a car
    request: Request


def reply(request: Request, get: dag.Get) -> Reply:
    """The answer to a request."""
    try:
        query = _parse(request)
    except (ConfigError, ValueError) as error:  # urlsplit says so of half an IPv6 address
        return _text(400, error.fact if isinstance(error, ConfigError) else str(error))
    if query is None:
        return _text(404, "only /ipfs/{cid} is here")
    try:
        return _answer(query, get)
    except MismatchError as error:  # absent, or no such name
        return _text(404, error.fact)


def _parse(request: Request) -> Query | None:
    parts = urlsplit(request.target)
    names = parts.path.split("/", 3)
    if len(names) < 3 or names[:2] != ["", "ipfs"] or not names[2]:
        return None
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    accept = request.headers.get("accept", "")
    wanted = asked.get("format") or next(
        (name for name, kind in (("raw", RAW_TYPE), ("car", CAR_TYPE)) if kind in accept), ""
    )
    scope = asked.get("dag-scope", "all")
    if wanted not in ("", "raw", "car") or scope not in SCOPES:
        raise ConfigError(f"format={wanted}, dag-scope={scope}: raw and car are served here")
    path = unquote(names[3]) if len(names) > 3 else ""
    return Query(Cid.parse(names[2]), path, wanted, scope, request)


def _answer(query: Query, get: dag.Get) -> Reply:
    passed: dict[Cid, bytes] = {}  # the blocks on the way: a CAR holds them too

    def passing(cid: Cid) -> bytes:
        passed[cid] = get(cid)
        return passed[cid]

    cid = dag.resolve(query.root, query.path, passing)
    common = {
        **ALWAYS,
        "Cache-Control": "public, max-age=29030400, immutable",
        "X-Ipfs-Path": quote(f"/ipfs/{query.root}/{query.path}".rstrip("/")),
    }
    etag = f'"{cid}.{query.format}"' if query.format else f'"{cid}"'
    if query.format == "car":
        etag = f'W/"{query.root}.{cid}.car.{query.scope}"'
    if etag in query.request.headers.get("if-none-match", ""):
        return Reply(304, common | {"Etag": etag})
    common["Etag"] = etag
    if query.format == "raw":
        block = get(cid)
        named = {"Content-Disposition": f'attachment; filename="{cid}.bin"'}
        return Reply(200, common | named | {"Content-Type": RAW_TYPE}, [block], len(block))
    if query.format == "car":
        named = {"Content-Disposition": f'attachment; filename="{cid}.car"'}
        kind = {"Content-Type": f"{CAR_TYPE}; version=1; order=dfs; dups=n"}
        get(cid)  # a 404 comes before a CAR that breaks off
        return Reply(200, common | named | kind, _car(query, cid, passed, get), None)
    if dag.is_directory(cid, get):
        return _listing(query, cid, common, get)
    return _file(query, cid, common, get)


def _car(query: Query, cid: Cid, passed: Mapping[Cid, bytes], get: dag.Get) -> Iterator[bytes]:
    buffer = BytesIO()
    write = car_writer(buffer, [query.root])

    def blocks() -> Iterator[tuple[Cid, bytes]]:
        yield from passed.items()
        if query.scope == "block":
            yield cid, get(cid)
        elif query.scope == "entity" and dag.is_directory(cid, get):
            yield from dag.walk_directory(cid, get)
        else:
            yield from dag.walk(cid, get)

    for each, block in blocks():
        write(each, block)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _file(query: Query, cid: Cid, common: Mapping[str, str], get: dag.Get) -> Reply:
    size = dag.file_size(cid, get)
    start = b"".join(dag.read_file(cid, get, 0, min(size, SNIFF)))
    headers = {**common, "Content-Type": media_type(query.path, start)}
    return partial_reply(query.request, headers, size, partial(dag.read_file, cid, get))


def media_type(path: str, start: bytes) -> str:
    """By the file's name, else by how it begins."""
    named = mimetypes.guess_type(path.rpartition("/")[2])[0]
    if named:
        return named
    kind = kind_of(start)
    if kind == UNKNOWN and start.lstrip()[:1] in (b"{", b"["):
        return "application/json"  # metadata in a directory without its names
    return kind.mime


def _listing(query: Query, cid: Cid, common: Mapping[str, str], get: dag.Get) -> Reply:
    names = dag.list_directory(cid, get)
    if "index.html" in names:
        return _file(
            Query(query.root, "index.html", "", "all", query.request), names["index.html"], common,
            get,
        )  # fmt: skip
    here = quote(f"/ipfs/{query.root}/{query.path}".rstrip("/"))
    rows = "".join(
        f'<li><a href="{here}/{quote(name)}">{html.escape(name)}</a></li>' for name in names
    )
    page = f"<!doctype html><meta charset=utf-8><title>{cid}</title><ul>{rows}</ul>".encode()
    return Reply(200, {**common, "Content-Type": "text/html; charset=utf-8"}, [page], len(page))


def _text(status: int, text: str) -> Reply:
    return text_reply(status, text, ALWAYS)


class GatewayServer(LoopbackServer):
    """Serves the blocks that `get` gives."""

    def __init__(self, get: dag.Get, port: int) -> None:
        super().__init__(port, partial(reply, get=get))

    @property
    def url(self) -> str:
        return self.origin
