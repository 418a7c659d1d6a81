"""What people see: results on stdout, and how a line comes to a terminal, a file and the log.

With `--json` stdout carries one JSON document and nothing else. Progress is in `screen`.

Names, metadata, the words of nodes and services were written by others, and a terminal obeys what
it prints: an escape sequence can clear a verdict and write another one. So every line goes through
`shown`, which makes visible what would act or hide. Source: https://trojansource.codes/
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from nftforge.cli.colour import Line, Part, Style, is_coloured, painted, parts, plain, state
from nftforge.cli.columns import Column, Table, fitted, width_of
from nftforge.cli.log import log
from nftforge.cli.loudness import Loudness, loudness
from nftforge.cli.redaction import redacted, redacted_document, unguarded
from nftforge.core.plural import counted, duration
from nftforge.core.text import UNSEEN

if TYPE_CHECKING:
    from nftforge.chain.networks import Network
    from nftforge.gallery.lint import LintFinding
    from nftforge.pipeline.documents import Outcome
    from nftforge.pipeline.gallery.page import GalleryPage
    from nftforge.pipeline.traits import TraitTable


def shown(text: str) -> str:
    """`text` on one line, with what acts on a terminal or hides in it as \\uXXXX, as JSON does."""
    return UNSEEN.sub(lambda found: _escaped(found[0]), text)


def _escaped(letter: str) -> str:
    if letter == "\n":
        return "\\n"
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def show(line: Line = "", stream: TextIO | None = None, style: Style = "") -> None:
    """Print one line; on a terminal that is narrower, several."""
    safe = [replace(part, text=_safe(part.text)) for part in parts(line, style)]
    log(plain(safe))
    _print(safe, stream or sys.stdout)


def show_table(table: Table, stream: TextIO | None = None) -> None:
    """Print a table as wide as there is room for it."""
    stream = stream or sys.stdout
    safe = table.cleaned(_safe)
    for line in safe.lines():
        log(plain(line))
    for line in safe.lines(width_of(stream)):
        _print(line, stream)


def _print(line: Line, stream: TextIO) -> None:
    write = painted if is_coloured(stream) else plain
    text = "".join(f"{write(each)}\n" for each in fitted(line, width_of(stream)))
    print(text, end="", file=stream, flush=True)  # whole: threads, too


def _safe(text: str) -> str:
    """Redacted before it is cut: half a key is not known to be one."""
    return shown(redacted(text))


def murmur(line: str) -> None:
    """Print one line on stderr with `--verbose` only; the log has it in any case."""
    if loudness() is Loudness.VERBOSE:
        show(line, sys.stderr, "dim")
    else:
        log(shown(line))


# --- results ------------------------------------------------------------------------------------


def show_outcome(outcome: Outcome, as_json: bool) -> None:
    found = outcome.document
    if as_json:
        print_json(found)
        return
    where = f"contract {found['contract']}" if found["contract"] else "no contract yet"
    show()
    show(f"{found['collection']} on {found['network']} (chain {found['chain_id']}), {where}")
    show()
    table = Table(
        Column(6, gap=0, right=True), Column(20, gap=2), Column(7, right=True),
        Column(6, right=True), Column(gap=2),
    )  # fmt: skip
    table.row(*(Part(name, "dim") for name in ("token", "piece", "strokes", "PSNR", "state")))
    for row in found["pieces"]:
        psnr = f"{row['psnr']:.2f}" if row["psnr"] is not None else ""
        token, strokes = str(row["token_id"] or "-"), str(row["strokes"] or "")
        table.row(token, row["id"], strokes, psnr, state(row["state"]))
        for label, value in (
            ("image", row["image_cid"] and f"ipfs://{row['image_cid']}"),
            ("animation", row["animation_cid"] and f"ipfs://{row['animation_cid']}"),
            ("metadata", row["token_uri"] or row["metadata_cid"]),
            *row["links"].items(),
            ("files", outcome.places.get(row["id"])),
        ):
            if value:
                table.line(f"{'':>8}{label:<10} {value}")
    show_table(table)
    print_not_in_file(found)
    totals = found["totals"]
    show()
    show(
        f"{counted(totals['pieces'], 'piece')}, {counted(totals['strokes'], 'stroke')}, "
        f"{totals['bytes'] / 1e6:.2f} MB, {totals['pinned']} pinned, {totals['minted']} minted"
    )


def show_dry_run(outcome: Outcome, as_json: bool) -> None:
    show_outcome(outcome, as_json)
    if not as_json:
        bill, used = outcome.document["bill"], outcome.document["rehearsal"]
        print_bill(bill, sys.stdout)
        if bill["transactions"]:
            show(f"  rehearsed: {used['gas']:,} gas, {used['cost']:.6f} {bill['currency']}")


BAR, MOST_VALUES = 30, 40  # cells of a whole bar; values of a trait that are shown


def show_traits(found: TraitTable) -> None:
    """A table with bars, the rarest pieces and the most common, and what never meets."""
    count = found.document["count"]
    block = "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"
    show(counted(count, "piece"))
    for name, values in found.document["traits"].items():
        show(f"{name}")
        rows = Table(Column(20, gap=2), Column(6, right=True), Column(8, right=True), Column())
        for value, pieces in list(values.items())[:MOST_VALUES]:
            bar = block * max(1, round(BAR * pieces / count))
            rows.row(f"  {value}", str(pieces), f"{100 * pieces / count:.2f} %", bar)
        show_table(rows)
        if len(values) > MOST_VALUES:
            show(f"  ... and {len(values) - MOST_VALUES} more")
    for title, ids in (("rarest", found.rarest), ("most common", found.commonest)):
        if ids:
            show(f"{title}: {', '.join(ids)}")
    for one, other, expected in found.never[:10]:
        show(f"never together: {one} and {other} (by chance about {expected:g})")
    if len(found.never) > 10:
        show(f"  ... and {len(found.never) - 10} pairs more")
    if changed := found.document["changed"]:
        show_changed(changed)


def show_changed(rows: Sequence[Mapping[str, Any]]) -> None:
    """Generated pieces that are drawn anew, by their ids."""
    ids = ", ".join(row["id"] for row in rows[:20])
    more = f" and {len(rows) - 20} more" if len(rows) > 20 else ""
    show(f"{counted(len(rows), 'piece')} not minted would change: {ids}{more}")


def show_plan(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    show(f"{found['collection']} on {found['network']}, contract {found['contract']}")
    steps = Table(Column(7, gap=2), Column(28), Column())
    for step in found["steps"]:
        steps.row(step["stage"], step["subject"], step["why"])
    show_table(steps)
    if not found["steps"]:
        show("  nothing to do")
    if changed := found.get("changed"):
        show_changed(changed)
    if rows := found.get("art_changes"):
        from nftforge.pipeline.minting.replacement import ArtChange

        for row in rows:
            show(f"  {ArtChange(**row).text}")
    print_not_in_file(found)
    tokens = Table(Column(gap=2), Column(5, right=True), Column(20, gap=2), Column())
    for token in found["tokens"]:
        uri = token["token_uri"] or "known when it is painted"
        tokens.row("token", str(token["token_id"]), token["piece"], uri)
    show_table(tokens)
    files = Table(Column(34, gap=2), Column())
    for piece, cids in found["cids"].items():
        for name, cid in cids.items():
            files.row(f"{piece}/{name}", cid)
    show_table(files)
    pins = Table(Column(gap=2), Column(16), Column())
    for row in found["pin"]:
        what = "nothing to send"
        if row["files"]:
            what = f"{counted(row['files'], 'file')}, {row['bytes'] / 1e6:.2f} MB to send"
        elif found["bytes_estimated"]:
            what = "nothing yet"
        pins.row("pin to", row["to"], row["not_asked"] or what)
        for problem in row["problems"]:
            pins.line(f"{'':>10}{problem}")
    show_table(pins)
    if found["bytes_estimated"]:
        show(f"  what is not painted yet: about {found['bytes_estimated'] / 1e6:.2f} MB more")
    if ahead := found.get("making"):
        show(f"  {_making(ahead)}")
    for piece in found["unsure"]:
        show(
            f"  {piece} is minted and its painting is gone: it should come out as it was, "
            "if it is drawn as it was"
        )
    print_bill(found["bill"], sys.stdout)
    _print_elsewhere(found.get("elsewhere", ()))
    if found["bill"]["missing"]:
        from nftforge.chain.links import faucet_lines

        for line in faucet_lines(found["chain_id"]):
            show(f"  {line}")


def _making(ahead: Mapping[str, Any]) -> str:
    pieces = counted(ahead["pieces"], "piece")
    if ahead["seconds"] is None:
        return f"how long {pieces} will take: `nftforge plan --time` makes three, and tells"
    error = "" if ahead["error"] is None else f", give or take {100 * ahead['error']:.0f} %"
    return (
        f"to paint and render {pieces}: about {duration(ahead['seconds'])}{error}, and "
        f"{ahead['watt_hours']:.1f} Wh; an estimate from {ahead['timed']} that are made"
    )


def _print_elsewhere(rows: Sequence[Mapping[str, Any]]) -> None:
    known = [row for row in rows if row["cost"] is not None]
    if known:
        show("  the same on other networks, at what gas costs there now:")
    table = Table(Column(16, gap=4), Column(14, right=True), Column())
    for row in known:
        fee = f"{row['currency']}, at {row['fee_gwei']:.3f} gwei"
        table.row(row["network"], f"{row['cost']:.6f}", fee)
    show_table(table)
    unknown = ", ".join(f"{row['network']} ({row['why']})" for row in rows if row["cost"] is None)
    if unknown and known:
        show(f"  not known: {unknown}")


def at_most(ether: float) -> str:
    """Rounded up: no more is spent than is shown."""
    return f"{math.ceil(round(ether * 1e6, 6)) / 1e6:.6f}"


def print_not_in_file(found: Mapping[str, Any]) -> None:
    """The tokens of pieces that were taken out of the file."""
    for row in found.get("not_in_file", ()):
        show(
            f"  token {row['token_id']} was minted from {row['piece']!r}, which this file no "
            f"longer names; it belongs to {row['owner']}"
        )


def print_bill(bill: Mapping[str, Any], stream: Any) -> None:
    if "listing" in bill:
        _print_listing(bill["listing"], bill["currency"], stream)
    if "offer" in bill:
        _print_offer(bill["offer"], stream)
    if not bill["transactions"]:
        show(
            f"  no gas to pay: {bill['signer']} has {bill['balance']:.6f} {bill['currency']}",
            stream,
        )
        return
    table = Table(Column(7, gap=2), Column(20), Column(12, right=True), Column())
    for row in bill["transactions"]:
        table.row(row["kind"], row["subject"], f"{row['gas']:,}", "gas")
    show_table(table, stream)
    if "agreed" in bill:
        show(
            f"  more than was agreed to: of {at_most(bill['agreed'])} {bill['currency']} "
            f"{bill['spent']:.6f} is spent; the rest:",
            stream,
        )
    show(
        f"  {bill['gas']:,} gas at {bill['fee_gwei']:.3f} to {bill['max_fee_gwei']:.3f} gwei: "
        f"{bill['cost']:.6f} to {at_most(bill['max_cost'])} {bill['currency']}; "
        f"{bill['signer']} has {bill['balance']:.6f}"
        + (f", {bill['missing']:.6f} is MISSING" if bill["missing"] else ""),
        stream,
    )
    left = bill["left_of_total"]
    if left is not None and left < bill["cost"]:
        show(f"  {left:.6f} is left of max_total_eth: it will stop on the way", stream, "warning")


def _print_listing(listing: Mapping[str, Any], currency: str, stream: Any) -> None:
    """What is promised, to whoever takes it, until it is withdrawn."""
    chain, rows = listing["chain_id"], listing["orders"]
    table = Table(Column(20, gap=2), Column(22, gap=2), Column(8, gap=2), Column(gap=2))
    for row in rows:
        falls = "" if row["price"] == row["end_price"] else f" to {row['end_price']}"
        whose = f", only for {row['to']}" if row["to"] else ""
        fees = f" (fees and royalty {row['fees']} to {', '.join(row['fee_to'])})" * bool(
            row["fee_to"]
        )
        first = "" if row["price"] == row["end_price"] else " at first"
        until = datetime.fromtimestamp(row["end"], UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.row(
            row["piece"], f"{row['price']}{falls} {currency}", row["times"],
            f"you receive {row['received']}{first}{fees}, until {until}, chain {chain}{whose}",
        )  # fmt: skip
    if rows:
        show_table(table, stream)
        show(
            f"  {counted(len(rows), 'piece')} for {listing['total']} {currency} on chain {chain}; "
            f"you receive {listing['received']}. Whoever has an order can buy, until it is over or "
            "withdrawn on the chain, which costs gas",
            stream,
        )


def _print_offer(offer: Mapping[str, Any], stream: Any) -> None:
    """What is given and what comes in for it."""
    currency = offer["currency"]
    show(f"  {offer['piece']} to {offer['buyer']}, for good, on chain {offer['chain_id']}", stream)
    fees = "" if offer["fees"] == "0" else f", {offer['fees']} of it fees and royalty"
    show(
        f"  for {offer['amount']} {currency}{fees}: you receive {offer['received']} {currency} "
        f"(offer {offer['order_hash'][:10]})",
        stream,
    )


def print_json(value: Any) -> None:
    text = json.dumps(redacted_document(value), indent=2, ensure_ascii=False)
    for line in text.split("\n"):  # none in a string
        log(shown(line))
        print(shown(line), file=unguarded(sys.stdout))


def show_checks(
    name: str, network: Network, rows: Sequence[Mapping[str, Any]], as_json: bool
) -> None:
    """What a run needs, and whether it is there."""
    wrong = [row["name"] for row in rows if row["needed"] and not row["ok"]]
    if as_json:
        where = {"network": network.name, "chain_id": network.chain_id}
        print_json({"collection": name, **where, "ok": not wrong, "checks": rows})
        return
    show(f"{name} on {network.name} (chain {network.chain_id})")
    for row in rows:
        mark = "ok" if row["ok"] else "NO" if row["needed"] else "-"
        first, *more = row["detail"].split("\n")
        show(f"  {mark:<3} {row['name']:<14} {first}")
        for line in more:
            show(f"{'':>21}{line}")
        if row["hint"] and row["needed"]:
            show(f"{'':>21}{row['hint']}")
    if wrong == ["sale"]:
        show("  a run can end, and `nftforge list` would be stopped")
    elif wrong:
        show("  a run would be stopped: nothing was painted or sent")
    else:
        show("  a run can end")


def show_action(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    show(f"{found['action']} {found['contract']} on {found['network']}: {found['tx'] or 'done'}")
    if found["action"] == "transfer":
        show(f"  {found['to']} has to call acceptOwnership()")


def show_findings(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    tokens = Table(Column(6, gap=0, right=True), Column(20, gap=2), Column())
    for token in found["tokens"]:
        verdict = state("ok" if token["ok"] else token["state"])
        if token["problems"]:
            verdict = Part("; ".join(token["problems"]), "error")
        tokens.row(str(token["token_id"]), token["piece"] or "-", verdict)
        for row in token["retrieved"]:
            size = f"{counted(row['blocks'], 'block')}, {counted(row['bytes'], 'byte')}"
            came = f"{row['state']}, {size}"
            why = f": {row['why']}" if row["why"] else ""
            tokens.line(f"{'':>8}{row['source']:<40} {came}{why}")
        if token["pinned"]:
            tokens.line(f"{'':>8}pinned at {', '.join(token['pinned'])}")
        if token["announced"] is not None:
            tokens.line(f"{'':>8}{'announced' if token['announced'] else 'not announced'}")
    show_table(tokens)
    held = Table(Column(18, gap=2), Column())
    for row in found["pinned"]:
        counts = f"{row['pinned']} pinned, {row['pending']} pending, {row['absent']} absent"
        held.row(row["to"], row["not_asked"] or counts)
    show_table(held)
    if promise := found["provenance"]:
        what = Part("  the metadata committed to before the reveal: ")
        show([what, state(promise["state"])])
    print_not_in_file(found)
    missing = Table(Column(6, gap=0, right=True), Column(20, gap=2), Column())
    for piece in found["not_minted"]:
        missing.row("-", piece, state("not minted"))
    show_table(missing)


def show_gallery(found: GalleryPage, as_json: bool) -> None:
    """The page on stdout; what marketplaces would complain about on stderr."""
    findings = found.written.findings
    minted = sum(piece.minted for piece in found.pieces)
    show(
        f"{counted(len(found.pieces), 'piece')}, {minted} minted; checks: {_verdict(findings)}",
        sys.stderr,
    )
    for finding in findings:
        about = sum(bool(key) for key, _ in finding.found)
        where = f" ({counted(about, 'piece')})" if about else ""
        show(
            f"  {finding.level}: {finding.title}{where}",
            sys.stderr,
            "warning" if finding.level == "problem" else "",
        )
        show(f"    {finding.fix}", sys.stderr)
    for note in found.notes:
        show(f"  {note}", sys.stderr)
    if as_json:
        print_json(found.document)
    else:
        show(str(found.written.index))


def _verdict(findings: Sequence[LintFinding]) -> str:
    """As `1 problem, 2 pieces of advice`."""
    if not findings:
        return "nothing to complain about"
    problems = sum(finding.level == "problem" for finding in findings)
    advice = counted(len(findings) - problems, "piece of advice", "pieces of advice")
    return f"{counted(problems, 'problem')}, {advice}"
