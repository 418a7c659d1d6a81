"""OpenRarity: worked by hand once, then what must hold for any collection."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from nftforge.gallery.metadata import TokenTrait
from nftforge.gallery.rarity import rank

values = st.sampled_from(["red", "green", "blue"])
piece_traits = st.dictionaries(st.sampled_from(["Sky", "Sea", "Sun"]), values).map(
    lambda row: [TokenTrait(name, value) for name, value in row.items()]
)
collections = st.lists(piece_traits, min_size=1, max_size=12)


def test_a_collection_worked_by_hand():
    """Sky is red, red, blue and missing once; so trait counts are 1, 1, 1 and 0."""
    found = rank(
        [[TokenTrait("Sky", "red")], [TokenTrait("Sky", "Red ")], [TokenTrait("Sky", "blue")], []]
    )
    common = -math.log2(2 / 4) - math.log2(3 / 4)  # red, and one trait
    blue = -math.log2(1 / 4) - math.log2(3 / 4)
    none = -math.log2(1 / 4) - math.log2(1 / 4)  # no sky, and no trait
    entropy = 0.5 * 1 + 0.25 * 2 * 2 - 0.75 * math.log2(0.75) + 0.25 * 2
    assert math.isclose(found.entropy, entropy)
    assert [round(one.bits, 9) for one in found.pieces] == [
        round(bits, 9) for bits in (common, common, blue, none)
    ]
    assert [one.uniques for one in found.pieces] == [0, 0, 1, 1]
    assert [one.rank for one in found.pieces] == [3, 3, 2, 1]


def test_more_one_of_ones_come_before_a_higher_score():
    pairs = [[TokenTrait(name, f"pair {at // 2}") for name in "ABC"] for at in range(16)]
    common = [[TokenTrait(name, "common") for name in "ABC"] for _ in range(16)]
    odd = [TokenTrait("A", "only"), TokenTrait("B", "common"), TokenTrait("C", "common")]
    found = rank([*pairs, *common, odd]).pieces
    assert found[-1].uniques == 1 and found[-1].rank == 1
    assert found[-1].score < max(one.score for one in found[:-1])


def test_numbers_and_dates_do_not_count():
    rows = [
        [
            TokenTrait("Sky", "red"),
            TokenTrait("Strokes", str(at), is_number=True),
            TokenTrait("Born", "1", "date"),
        ]
        for at in range(4)
    ]
    assert {(one.rank, one.score) for one in rank(rows).pieces} == {(1, 0.0)}


def test_one_piece_and_none_are_no_trouble():
    assert rank([]).pieces == ()
    assert rank([[TokenTrait("Sky", "red")]]).pieces[0].rank == 1


@given(collections)
def test_scores_average_to_one_and_weigh_what_is_rare(rows):
    found = rank(rows)
    mean = math.fsum(one.score for one in found.pieces) / len(rows)
    assert math.isclose(mean, 1.0) if found.entropy else mean == 0


@given(collections)
def test_ranks_are_places_and_equals_share_them(rows):
    pieces = rank(rows).pieces
    for one in pieces:
        above = sum(
            (other.uniques, round(other.score, 9)) > (one.uniques, round(one.score, 9))
            for other in pieces
        )
        assert one.rank == above + 1


@given(collections, st.randoms(use_true_random=False))
def test_the_order_of_pieces_and_traits_changes_nothing(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    mixed = [random.sample(rows[at], len(rows[at])) for at in order]
    before, after = rank(rows).pieces, rank(mixed).pieces
    for place, at in enumerate(order):
        assert after[place].rank == before[at].rank
        assert math.isclose(after[place].score, before[at].score)


@given(collections)
def test_capitals_and_outer_spaces_change_nothing(rows):
    loud = [[TokenTrait(f" {t.name.upper()}", f"{t.value.upper()} ") for t in row] for row in rows]
    assert rank(loud) == rank(rows)
