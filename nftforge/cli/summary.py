"""What a run ends with: what it did now and what was there before, and where to look at it.

The table of all pieces is that of `status`; here a run that found nothing to do is three lines.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nftforge.cli.output import print_json, print_not_in_file, show
from nftforge.core.plural import counted

if TYPE_CHECKING:
    from nftforge.pipeline.documents import Outcome

VERBS = {
    "take": "taken as made", "paint": "painted", "render": "rendered", "pin": "pinned",
    "mint": "minted",
}  # fmt: skip
MOST_TOKENS = 5  # that are named with their links; `status` names all


def show_run(
    outcome: Outcome,
    as_json: bool,
    until: str = "mint",
    page: Path | None = None,
    out: Path | None = None,
) -> None:
    """The end of a run up to `until`; `page`: the gallery's; `out`: where the pictures are."""
    found = outcome.document
    if as_json:
        print_json(found)
        if page:
            show(f"gallery: {page}", sys.stderr)
        return
    minting = until == "mint"
    where = f" on {found['network']}: {found['contract']}" if minting and found["contract"] else ""
    show(f"{found['collection']}{where}")
    for line in done(outcome, until):
        show(line)
    for line in _new_tokens(found, outcome.minted_now):
        show(line)
    if gone := found.get("not_in_file", ()):
        print_not_in_file({"not_in_file": gone[:1]})
        if gone[1:]:
            show(f"  and {counted(len(gone) - 1, 'token')} more like it: `nftforge status`")
    looks = [f"{what}: {path}" for what, path in (("files", out), ("gallery", page)) if path]
    if looks:
        show(", ".join(looks))


def done(outcome: Outcome, until: str) -> list[str]:
    """What was done now and what was there before, in words: a line, or one for each difference.

    2 pieces: 2 painted, rendered, pinned and minted now
    nothing to do: 2 pieces painted, rendered, pinned and minted before
    """
    rows = outcome.document["pieces"]
    stages = _counts(rows, until, outcome.minted_now)
    mixed = {"take", "paint"} <= {stage for stage, _ in stages}
    groups = [
        (*counts, [VERBS[stage] for stage, _ in group])
        for (_, counts), group in groupby(stages, lambda row: (mixed and row[0] == "take", row[1]))
    ]
    some, parts = counted(len(rows), "piece"), [_part(*group) for group in groups]
    if outcome.updated_now:
        parts.append(f"the metadata of {len(outcome.updated_now)} published anew now")
    elif not any(now for now, _, _ in groups):
        if len(groups) == 1:
            parts = [f"{some} {_listed(groups[0][2])} before"]
        return [f"nothing to do: {'; '.join(parts)}"]
    return [f"{some}: {parts[0]}"] if len(parts) == 1 else [f"{some}:", *(f"  {p}" for p in parts)]


def _counts(
    rows: Sequence[Mapping[str, Any]], until: str, minted_now: frozenset[str]
) -> list[tuple[str, tuple[int, int]]]:
    """(stage, (done now, done before)) of every stage up to `until`."""
    counts = []
    for stage in VERBS:
        there = [row for row in rows if _goes_through(row, stage)]
        key = "paint" if stage == "take" else stage
        before = [
            row["id"] not in minted_now if stage == "mint" else row["cached"][key] for row in there
        ]
        if there:
            counts.append((stage, (len(there) - sum(before), sum(before))))
        if stage == until:
            break
    return counts


def _goes_through(row: Mapping[str, Any], stage: str) -> bool:
    """Finished works have no strokes: they are taken, not painted and rendered."""
    match stage:
        case "mint":
            return row["token_id"] is not None
        case "take":
            return row["strokes"] is None
        case "paint" | "render":
            return row["strokes"] is not None
    return True


def _part(now: int, before: int, verbs: Sequence[str]) -> str:
    if not now:
        return f"{before} {_listed(verbs)} before"
    return f"{now} {_listed(verbs)} now" + (f", {before} before" if before else "")


def _listed(words: Sequence[str]) -> str:
    """`painted, rendered and pinned`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _new_tokens(found: Mapping[str, Any], minted_now: frozenset[str]) -> list[str]:
    """The tokens that this run minted, and the transactions, where they can be seen by others."""
    rows = [row for row in found["pieces"] if row["id"] in minted_now and row["links"]]
    lines = []
    for row in rows[:MOST_TOKENS]:
        pages = [f"    {url}" for what, url in row["links"].items() if what != "tx"]
        lines += [f"  token {row['token_id']}, {row['name']}", *pages]
    if len(rows) > MOST_TOKENS:
        lines.append(f"  and {len(rows) - MOST_TOKENS} more: `nftforge status` names them all")
    if sent := list(dict.fromkeys(row["links"]["tx"] for row in rows if "tx" in row["links"])):
        lines += ["  minted by", *(f"    {url}" for url in sent[:MOST_TOKENS])]
    return lines
