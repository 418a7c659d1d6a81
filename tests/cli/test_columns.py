"""What fits a terminal: words stay whole where they can, what is too long is cut in its middle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nftforge.cli.colour import Part, plain
from nftforge.cli.columns import Column, Table, cells, cut, fitted

CID = "bafybeiernjloenmrfslgtzgqbheici35ayldao6d3qlrya64v5x64didam"
ADDRESS = "0xf338e9BcEf60Ae556992bB6F318435c7537e4cb5"

words = st.text(st.characters(categories=["L", "N", "P", "So"]), min_size=1, max_size=90)
sentences = st.lists(words, min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "width", "seen"),
    [
        (CID, 59, CID),
        (CID, 15, "bafybei…64didam"),
        (ADDRESS, 11, "0xf33…e4cb5"),
        ("日本語の名前", 8, "日本…前"),
        ("abc", 1, "…"),
    ],
)
def test_the_middle_is_left_out(text, width, seen):
    assert cut(text, width) == seen and cells(seen) <= width


@given(words, st.integers(1, 100))
def test_what_is_cut_is_as_wide_as_it_may_be_at_most(text, width):
    assert cells(cut(text, width)) <= width


@given(sentences, st.integers(8, 200))
def test_no_line_is_wider_than_the_terminal(text, width):
    assert all(cells(plain(line)) <= width for line in fitted(text, width))


@given(sentences)
def test_no_word_is_lost_or_broken_where_each_fits(text):
    width = max(map(cells, text.split()))
    joined = " ".join(plain(line) for line in fitted(text, width))
    assert joined.split() == text.split()


@given(sentences)
def test_a_file_gets_every_line_whole(text):
    assert fitted(text, None) == [text]


def test_what_is_too_long_for_the_rest_of_a_line_has_one_of_its_own():
    line = f"        image      ipfs://{CID}"
    assert [plain(each) for each in fitted(line, 80)] == [
        "        image", f"          ipfs://{CID}",
    ]  # fmt: skip
    assert [plain(each) for each in fitted(line, 67)] == ["        image", f" ipfs://{CID}"]
    assert [plain(each) for each in fitted(line, 40)] == [
        "        image      ipfs://baf…v5x64didam"
    ]


def test_a_hash_at_the_end_of_a_sentence_is_not_broken():
    line = f"Small on embedded (chain 616261), contract {ADDRESS}"
    assert [plain(each) for each in fitted(line, 80)] == [
        "Small on embedded (chain 616261), contract", f"  {ADDRESS}",
    ]  # fmt: skip


def test_parts_keep_their_colour_wherever_they_go():
    line = [Part("one two ", "error"), Part("three", "done"), Part("  four")]
    found = [part for each in fitted(line, 8) for part in each]
    assert [(part.text.strip(), part.style) for part in found] == [
        ("one", "error"), ("two", "error"), ("three", "done"), ("four", ""),
    ]  # fmt: skip


def pieces(*ids):
    table = Table(Column(6, gap=0, right=True), Column(20, gap=2), Column(9, right=True), Column())
    for number, piece in enumerate(ids, 1):
        table.row(str(number), piece, "1,234", Part("not minted", "warning"))
        table.line(f"{'':>8}image {CID}")
    return table


def test_a_table_in_a_file_is_as_its_columns_say():
    long = "p" * 30
    assert [plain(line) for line in pieces("one", long).lines()] == [
        "     1  one                      1,234 not minted", f"        image {CID}",
        f"     2  {long}     1,234 not minted", f"        image {CID}",
    ]  # fmt: skip


def test_a_narrow_table_shrinks_before_anything_is_cut():
    assert plain(next(pieces("one").lines(40))) == "1  one 1,234 not minted"
    assert plain(next(pieces("p" * 20).lines(45))) == f"1  {'p' * 20} 1,234 not minted"
    assert plain(next(pieces("p" * 30).lines(40))) == f"1  {'p' * 10}…{'p' * 9} 1,234 not minted"


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@given(ids=st.lists(words, min_size=1, max_size=4))
def test_no_row_is_wider_than_the_terminal(width, ids):
    assert all(cells(plain(line)) <= width for line in pieces(*ids).lines(width))


def test_rows_stand_below_one_another_also_where_a_cell_is_long():
    table = Table(Column(7, gap=2), Column(28), Column())
    table.row("paint", "one", "strokes changed from 200 to 300, and so did the palette")
    table.row("render", "one", "new")
    assert [plain(line) for line in table.lines(44)] == [
        "  paint  one strokes changed from 200 to", "             300, and so did the palette",
        "  render one new",
    ]  # fmt: skip


def test_a_megabyte_of_letters_takes_no_time():
    table = Table(Column(), Column(), Column())
    table.row("名" * 1_000_000, "b" * 1_000_000, "c")
    (line,) = table.lines(40)
    assert cells(plain(line)) <= 40
