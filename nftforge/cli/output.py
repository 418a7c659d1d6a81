"""What people see: progress on stderr (bars on a terminal, else lines), results on stdout.

With `--json` stdout carries one JSON document and nothing else.

Names, metadata, the words of nodes and services were written by others, and a terminal obeys what
it prints: an escape sequence can clear a verdict and write another one. So every line goes through
`shown`, which makes visible what would act or hide. Source: https://trojansource.codes/
"""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from nftforge.cli.redaction import redacted_document, unguarded
from nftforge.core.plural import counted
from nftforge.core.text import UNSEEN

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from nftforge.chain.networks import Network
    from nftforge.gallery.lint import LintFinding
    from nftforge.pipeline.documents import Outcome
    from nftforge.pipeline.gallery.page import GalleryPage

LINE_EVERY_S = 5.0  # a log gets a line of progress this often


def shown(text: str) -> str:
    """`text` on one line, with what acts on a terminal or hides in it as \\uXXXX, as JSON does."""
    return UNSEEN.sub(lambda found: _escaped(found[0]), text)


def _escaped(letter: str) -> str:
    if letter == "\n":
        return "\\n"
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def show(line: str = "", stream: TextIO | None = None) -> None:
    """Print one line."""
    print(f"{shown(line)}\n", end="", file=stream or sys.stdout, flush=True)  # whole: threads, too


_alive: list[
    Screen
] = []  # there is one terminal: who asks on it must find the bars that live there


@contextmanager
def resting() -> Iterator[None]:
    """While somebody is asked: no bar moves and nothing is printed by others, on any screen."""
    with ExitStack() as held:
        for screen in _alive:
            held.enter_context(screen.resting())
        yield


class Screen:
    """A `core.stage.Report`. `clean` takes secrets out of every text."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._last_line = time.monotonic()
        self._turn = threading.RLock()  # whoever asks has it; threads that print wait for theirs

    def __enter__(self) -> Screen:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:.0f} % {task.fields[note]}", markup=False),
                TimeElapsedColumn(),
                console=Console(stderr=True, highlight=False, markup=False),
                transient=True,
            )
            self._bars.start()
        _alive.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _alive.remove(self)
        if self._bars:
            self._bars.stop()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """No bar and no line until the end: somebody is asked."""
        with self._turn:
            bars = self._bars
            if bars is None:
                yield
                return
            from rich.live import Live

            bars.stop()
            try:
                yield
            finally:  # a display begun anew: the old one would go up and erase what was answered
                bars.live = Live(
                    console=bars.console, transient=True, get_renderable=bars.get_renderable
                )
                bars.start()

    def say(self, text: str) -> None:
        with self._turn:
            self._say(self._clean(text))

    def skip(self, text: str) -> None:
        """Nothing: what was there before is counted in the summary."""

    def _say(self, text: str) -> None:
        if self._bars:
            self._bars.console.print(shown(text))
        else:
            show(text, sys.stderr)

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        with self._turn:
            self._progress(task, done, total, note)

    def _progress(self, task: str, done: int, total: int, note: str) -> None:
        if self._bars:
            task, note = shown(self._clean(task)), shown(self._clean(note))
            if task not in self._tasks:
                self._tasks[task] = self._bars.add_task(task, total=total, note=note)
            self._bars.update(self._tasks[task], completed=done, total=total, note=note)
            if done >= total:
                self._bars.remove_task(self._tasks.pop(task))
        elif done < total and time.monotonic() - self._last_line > LINE_EVERY_S:
            self._last_line = time.monotonic()
            text = f"{task}: {100 * done // total} % {note}".rstrip()
            show(self._clean(text), sys.stderr)


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
    show(f"{'token':>6}  {'piece':<20} {'strokes':>7} {'PSNR':>6}  state")
    for row in found["pieces"]:
        psnr = f"{row['psnr']:.2f}" if row["psnr"] is not None else ""
        token, strokes = row["token_id"] or "-", row["strokes"] or ""
        show(f"{token:>6}  {row['id']:<20} {strokes:>7} {psnr:>6}  {row['state']}")
        for label, value in (
            ("image", row["image_cid"] and f"ipfs://{row['image_cid']}"),
            ("animation", row["animation_cid"] and f"ipfs://{row['animation_cid']}"),
            ("metadata", row["token_uri"] or row["metadata_cid"]),
            *row["links"].items(),
            ("files", outcome.folders.get(row["id"])),
        ):
            if value:
                show(f"{'':>8}{label:<10} {value}")
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
        show(f"  rehearsed: {used['gas']:,} gas, {used['cost']:.6f} {bill['currency']}")


def show_plan(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    show(f"{found['collection']} on {found['network']}, contract {found['contract']}")
    for step in found["steps"]:
        show(f"  {step['stage']:<7} {step['subject']:<28} {step['why']}")
    if not found["steps"]:
        show("  nothing to do")
    if rows := found.get("art_changes"):
        from nftforge.pipeline.minting.replacement import ArtChange

        for row in rows:
            show(f"  {ArtChange(**row).text}")
    print_not_in_file(found)
    for token in found["tokens"]:
        uri = token["token_uri"] or "known when it is painted"
        show(f"  token {token['token_id']:>5}  {token['piece']:<20} {uri}")
    for piece, cids in found["cids"].items():
        for name, cid in cids.items():
            show(f"  {piece + '/' + name:<34} {cid}")
    for row in found["pin"]:
        what = f"{counted(row['files'], 'file')}, {row['bytes'] / 1e6:.2f} MB to send"
        show(f"  pin to {row['to']:<16} {row['not_asked'] or what}")
        for problem in row["problems"]:
            show(f"{'':>10}{problem}")
    if found["bytes_estimated"]:
        show(f"  what is not painted yet: about {found['bytes_estimated'] / 1e6:.2f} MB more")
    for piece in found["unsure"]:
        show(
            f"  {piece} is minted and its painting is gone: it should come out as it was, "
            "if it is drawn as it was"
        )
    print_bill(found["bill"], sys.stdout)
    if found["bill"]["missing"]:
        from nftforge.chain.links import faucet_lines

        for line in faucet_lines(found["chain_id"]):
            show(f"  {line}")


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
    for row in bill["transactions"]:
        show(f"  {row['kind']:<7} {row['subject']:<20} {row['gas']:>12,} gas", stream)
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
        show(f"  {left:.6f} is left of max_total_eth: it will stop on the way", stream)


def print_json(value: Any) -> None:
    text = json.dumps(redacted_document(value), indent=2, ensure_ascii=False)
    for line in text.split("\n"):  # none in a string
        print(shown(line), file=unguarded(sys.stdout))


def show_checks(
    name: str, network: Network, rows: Sequence[Mapping[str, Any]], as_json: bool
) -> None:
    """What a run needs, and whether it is there."""
    ok = all(row["ok"] for row in rows if row["needed"])
    if as_json:
        where = {"network": network.name, "chain_id": network.chain_id}
        print_json({"collection": name, **where, "ok": ok, "checks": rows})
        return
    show(f"{name} on {network.name} (chain {network.chain_id})")
    for row in rows:
        mark = "ok" if row["ok"] else "NO" if row["needed"] else "-"
        show(f"  {mark:<3} {row['name']:<14} {row['detail']}")
        if row["hint"] and row["needed"]:
            show(f"{'':>21}{row['hint']}")
    show("  a run can end" if ok else "  a run would be stopped: nothing was painted or sent")


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
    for token in found["tokens"]:
        verdict = "; ".join(token["problems"]) or ("ok" if token["ok"] else token["state"])
        show(f"{token['token_id']:>6}  {token['piece'] or '-':<20} {verdict}")
        for row in token["retrieved"]:
            size = f"{counted(row['blocks'], 'block')}, {counted(row['bytes'], 'byte')}"
            came = f"{row['state']}, {size}"
            show(f"{'':>8}{row['source']:<40} {came}{': ' + row['why'] if row['why'] else ''}")
        if token["pinned"]:
            show(f"{'':>8}pinned at {', '.join(token['pinned'])}")
        if token["announced"] is not None:
            show(f"{'':>8}{'announced' if token['announced'] else 'not announced'}")
    for row in found["pinned"]:
        held = f"{row['pinned']} pinned, {row['pending']} pending, {row['absent']} absent"
        show(f"  {row['to']:<18} {row['not_asked'] or held}")
    if promise := found["provenance"]:
        show(f"  the metadata committed to before the reveal: {promise['state']}")
    print_not_in_file(found)
    for piece in found["not_minted"]:
        show(f"     -  {piece:<20} not minted")


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
        show(f"  {finding.level}: {finding.title}{where}", sys.stderr)
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
