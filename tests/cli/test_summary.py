"""nftforge.cli.summary: what a run ends with."""

from __future__ import annotations

import pytest

from nftforge.cli.summary import done, show_run
from nftforge.pipeline.documents import Outcome

STAGES = ("paint", "render", "pin", "mint")
CONTRACT = "0x" + "ab" * 20


def row(piece, fresh=(), minted=True, links=(), strokes=500):
    """A piece that has come as far as it could; `fresh`: what was done in this run. A finished work
    has no strokes."""
    return {
        "id": piece, "name": piece.title(), "token_id": 1 if minted else None,
        "strokes": strokes,
        "cached": {stage: stage not in fresh for stage in STAGES}, "links": dict(links),
    }  # fmt: skip


def outcome(*rows, updated=(), resumed=()):
    document = {
        "collection": "Art", "network": "sepolia", "chain_id": 11155111, "contract": CONTRACT,
        "pieces": list(rows),
    }  # fmt: skip
    new = {one["id"] for one in rows if one["token_id"] and not one["cached"]["mint"]}
    return Outcome(document, {}, frozenset(new - {*updated}) | {*resumed}, frozenset(updated))


@pytest.mark.parametrize(
    ("made", "until", "said"),
    [
        (
            outcome(row("a"), row("b")),
            "mint",
            ["nothing to do: 2 pieces painted, rendered, pinned and minted before"],
        ),
        (outcome(row("a")), "paint", ["nothing to do: 1 piece painted before"]),
        (
            outcome(row("a"), row("b", minted=False)),
            "mint",
            ["nothing to do: 2 painted, rendered and pinned before; 1 minted before"],
        ),
        (
            outcome(row("a", STAGES), row("b", STAGES)),
            "mint",
            ["2 pieces: 2 painted, rendered, pinned and minted now"],
        ),
        (outcome(row("a", STAGES)), "render", ["1 piece: 1 painted and rendered now"]),
        (
            outcome(row("a", STAGES), row("b"), row("c", ("pin", "mint"))),
            "mint",
            [
                "3 pieces:", "  1 painted and rendered now, 2 before",
                "  2 pinned and minted now, 1 before",
            ],
        ),
        (
            outcome(row("a", ("pin", "mint")), row("b", ("mint",)), updated=("a", "b")),
            "mint",
            [
                "2 pieces:", "  2 painted and rendered before", "  1 pinned now, 1 before",
                "  2 minted before", "  the metadata of 2 published anew now",
            ],
        ),
        (
            outcome(row("a", STAGES, strokes=None)),
            "mint",
            ["1 piece: 1 taken as made, pinned and minted now"],
        ),
        (
            outcome(row("a", STAGES), row("b", STAGES, strokes=None)),
            "mint",
            [
                "2 pieces:", "  1 taken as made now", "  1 painted and rendered now",
                "  2 pinned and minted now",
            ],
        ),
        (
            outcome(row("a"), row("b"), resumed=("a", "b")),
            "mint",
            ["2 pieces:", "  2 painted, rendered and pinned before", "  2 minted now"],
        ),
    ],
)  # fmt: skip
def test_what_was_done_now_is_told_from_what_was_there_before(made, until, said):
    assert done(made, until) == said


def test_new_tokens_are_named_with_their_links_and_no_more_than_fit(capsys):
    links = {
        "explorer": "https://scan.example/token", "tx": "https://scan.example/tx",
        "opensea": "https://opensea.io/item",
    }  # fmt: skip
    many = [row(f"p{number}", STAGES, links=links) for number in range(7)]
    show_run(outcome(*many), as_json=False)
    *out, more, by, tx = capsys.readouterr().out.splitlines()
    assert (
        out.count("    https://opensea.io/item") == out.count("    https://scan.example/token") == 5
    )
    assert more == "  and 2 more: `nftforge status` names them all"
    assert (by, tx) == ("  minted by", "    https://scan.example/tx")  # all at once, named once


def test_tokens_of_earlier_runs_are_not_named_again(capsys):
    show_run(outcome(row("a", links={"explorer": "https://scan.example"})), as_json=False)
    assert "scan.example" not in capsys.readouterr().out
