"""What people see: progress on stderr (bars on a terminal, else lines), results on stdout.

With `--json` stdout carries one JSON document and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nftforge.cli.redaction import redacted_document, unguarded

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from nftforge.pipeline.documents import Outcome
    from nftforge.pipeline.gallery.page import GalleryPage

LINE_EVERY_S = 5.0  # a log gets a line of progress this often


class Screen:
    """A `stages.stage.Report`. `clean` takes secrets out of every text."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._last_line = time.monotonic()

    def __enter__(self) -> Screen:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:.0f} % {task.fields[note]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True, highlight=False, markup=False),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars:
            self._bars.stop()

    def say(self, text: str) -> None:
        text = self._clean(text)
        if self._bars:
            self._bars.console.print(text)
        else:
            print(f"{text}\n", end="", file=sys.stderr, flush=True)  # whole: threads print too

    def progress(self, task: str, done: int, total: int, note: str = "") -> None:
        if self._bars:
            if task not in self._tasks:
                self._tasks[task] = self._bars.add_task(task, total=total, note=note)
            self._bars.update(self._tasks[task], completed=done, total=total, note=note)
            if done >= total:
                self._bars.remove_task(self._tasks.pop(task))
        elif done < total and time.monotonic() - self._last_line > LINE_EVERY_S:
            self._last_line = time.monotonic()
            text = f"{task}: {100 * done // total} % {note}".rstrip()
            print(self._clean(text), file=sys.stderr, flush=True)


# --- results ------------------------------------------------------------------------------------


def show_outcome(outcome: Outcome, as_json: bool) -> None:
    found = outcome.document
    if as_json:
        print_json(found)
        return
    where = f"contract {found['contract']}" if found["contract"] else "no contract yet"
    print(f"\n{found['collection']} on {found['network']} (chain {found['chain_id']}), {where}\n")
    print(f"{'token':>6}  {'piece':<20} {'strokes':>7} {'PSNR':>6}  state")
    for row in found["pieces"]:
        psnr = f"{row['psnr']:.2f}" if row["psnr"] is not None else ""
        token, strokes = row["token_id"] or "-", row["strokes"] or ""
        print(f"{token:>6}  {row['id']:<20} {strokes:>7} {psnr:>6}  {row['state']}")
        for label, value in (
            ("image", row["image_cid"] and f"ipfs://{row['image_cid']}"),
            ("animation", row["animation_cid"] and f"ipfs://{row['animation_cid']}"),
            ("metadata", row["token_uri"] or row["metadata_cid"]),
            ("files", outcome.folders.get(row["id"])),
        ):
            if value:
                print(f"{'':>8}{label:<10} {value}")
    totals = found["totals"]
    print(
        f"\n{totals['pieces']} pieces, {totals['strokes']} strokes, "
        f"{totals['bytes'] / 1e6:.2f} MB, {totals['pinned']} pinned, {totals['minted']} minted"
    )


def show_plan(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print(f"{found['collection']} on {found['network']}, contract {found['contract']}")
    for step in found["steps"]:
        print(f"  {step['stage']:<7} {step['subject']:<28} {step['why']}")
    if not found["steps"]:
        print("  nothing to do")
    for token in found["tokens"]:
        print(f"  token {token['token_id']:>5}  {token['piece']:<20} {token['token_uri']}")
    for piece, cids in found["cids"].items():
        for name, cid in cids.items():
            print(f"  {piece + '/' + name:<34} {cid}")
    for row in found["pin"]:
        what = f"{row['files']} files, {row['bytes'] / 1e6:.2f} MB to send"
        print(f"  pin to {row['to']:<16} {row['not_asked'] or what}")
        for problem in row["problems"]:
            print(f"{'':>10}{problem}")
    print_bill(found["bill"], sys.stdout)


def print_bill(bill: Mapping[str, Any], stream: Any) -> None:
    for row in bill["transactions"]:
        print(f"  {row['kind']:<7} {row['subject']:<20} {row['gas']:>12,} gas", file=stream)
    print(
        f"  {bill['gas']:,} gas at {bill['fee_gwei']:.3f} to {bill['max_fee_gwei']:.3f} gwei: "
        f"{bill['cost']:.6f} to {bill['max_cost']:.6f} {bill['currency']}; "
        f"{bill['signer']} has {bill['balance']:.6f}"
        + (f", {bill['missing']:.6f} is MISSING" if bill["missing"] else ""),
        file=stream,
    )
    left = bill["left_of_total"]
    if left is not None and left < bill["cost"]:
        print(f"  {left:.6f} is left of max_total_eth: it will stop on the way", file=stream)


def print_json(value: Any) -> None:
    text = json.dumps(redacted_document(value), indent=2, ensure_ascii=False)
    print(text, file=unguarded(sys.stdout))


def show_action(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print(f"{found['action']} {found['contract']} on {found['network']}: {found['tx'] or 'done'}")
    if found["action"] == "transfer":
        print(f"  {found['to']} has to call acceptOwnership()")


def show_findings(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for token in found["tokens"]:
        verdict = "; ".join(token["problems"]) or ("ok" if token["ok"] else token["state"])
        print(f"{token['token_id']:>6}  {token['piece'] or '-':<20} {verdict}")
        for row in token["retrieved"]:
            came = f"{row['state']}, {row['blocks']} blocks, {row['bytes']} bytes"
            print(f"{'':>8}{row['source']:<40} {came}{': ' + row['why'] if row['why'] else ''}")
        if token["pinned"]:
            print(f"{'':>8}pinned at {', '.join(token['pinned'])}")
        if token["announced"] is not None:
            print(f"{'':>8}{'announced' if token['announced'] else 'not announced'}")
    for row in found["pinned"]:
        held = f"{row['pinned']} pinned, {row['pending']} pending, {row['absent']} absent"
        print(f"  {row['to']:<18} {row['not_asked'] or held}")
    if promise := found["provenance"]:
        print(f"  the metadata committed to before the reveal: {promise['state']}")
    for piece in found["not_minted"]:
        print(f"     -  {piece:<20} not minted")


def show_gallery(found: GalleryPage, as_json: bool) -> None:
    """The page on stdout; what marketplaces would complain about on stderr."""
    findings = found.written.findings
    problems = [finding for finding in findings if finding.level == "problem"]
    print(
        f"{len(found.pieces)} pieces, {sum(piece.minted for piece in found.pieces)} minted; "
        f"checks: {len(problems)} problems, {len(findings) - len(problems)} pieces of advice",
        file=sys.stderr,
    )
    for finding in problems:
        print(f"  {finding.title} ({len(finding.found)})\n    {finding.fix}", file=sys.stderr)
    for note in found.collection.notes:
        print(f"  {note}", file=sys.stderr)
    if as_json:
        print_json(found.document)
    else:
        print(found.written.index, flush=True)
