"""The lock file: read as people and spreadsheets leave it, written so that diffs are small."""

import json
import os

import pytest

from nftforge.config.pieces_lock import (
    COLUMNS,
    FIRST,
    NEWEST,
    LockedPiece,
    PiecesLock,
    lock_path,
    read_lock,
    recall,
)
from nftforge.core.errors import ConfigError

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
SHA = "ab" * 32
HEAD = ",".join(COLUMNS)
ROW = f"one,images/one.png,{SHA},11155111,{ADDRESS},1"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pieces.lock.csv"


def read(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lock(path)


def complaint(path, text):
    with pytest.raises(ConfigError) as error:
        read(path, text)
    return str(error.value)


def test_what_is_written_is_read_again(path):
    rows = (
        LockedPiece("two", "images/two.png", SHA, 11155111, ADDRESS, 2),
        LockedPiece("one", "images/ö, é.png", SHA, 11155111, ADDRESS, 1),
        LockedPiece("later", "images/later.png"),
    )
    assert PiecesLock(path, rows).write()
    found = read_lock(path)
    assert [row.id for row in found.rows] == ["later", "one", "two"]  # sorted by token
    assert found.rows[1].image == "images/ö, é.png" and found.rows[1].token_id == 1
    assert found.rows[0].chain_id == 0 and found.rows[2].line == 4
    assert not found.write()  # nothing changed


def test_defaults_are_written_where_they_are_not_the_first(path):
    rows = (
        LockedPiece("old", "", SHA, 1, ADDRESS, 1),
        LockedPiece("new", "", SHA, 1, ADDRESS, 2, NEWEST),
    )
    PiecesLock(path, rows).write()
    assert path.read_text() == (
        f"{HEAD},defaults\nold,,{SHA},1,{ADDRESS},1,\nnew,,{SHA},1,{ADDRESS},2,{NEWEST}\n"
    )
    assert [row.defaults for row in read_lock(path).rows] == [FIRST, NEWEST]
    assert "defaults" not in PiecesLock(path, rows[:1]).text


@pytest.mark.parametrize(
    ("defaults", "said"),
    [("x", "no number from 1 on"), ("0", "no number"), ("99", "newer nftforge")],
)
def test_defaults_that_nobody_knows_are_refused(path, defaults, said):
    assert said in complaint(path, f"{HEAD},defaults\n{ROW},{defaults}\n")


@pytest.mark.parametrize("number", ["x", "-1", "01"])
def test_a_number_that_is_none_is_refused(path, number):
    assert "is no number from 0 on" in complaint(path, f"{HEAD},number\n{ROW},{number}\n")


def test_there_need_be_none(path):
    assert read_lock(path).rows == () and not path.exists()


def test_columns_of_a_newer_version_are_kept(path):
    text = f"id,newer,image,sha256,chain_id,contract,token_id,Hat\none,7,i.png,{SHA},,,,Red\n"
    lock = read(path, text)
    assert lock.rows[0].more == {"newer": "7", "Hat": "Red"}
    lock.write()
    assert path.read_text() == f"{HEAD},newer,Hat\none,i.png,{SHA},,,,7,Red\n"


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEAD}\r\n{ROW}\r\n",
        f"{HEAD}\n{ROW}\n\n,,,,,\n",
        f"{HEAD}\n{ROW}\n".replace(",", ";"),
        f"{HEAD}\n{ROW}".replace(",", "\t"),
    ],
)
def test_what_spreadsheets_make_of_it_is_read(path, text):
    assert read(path, text).at(11155111, ADDRESS.lower())[1].id == "one"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: the first line must name the columns id,image"),
        (f"{ROW}\n", ":1: the first line must name the columns"),
        (f"{HEAD},id\n", ":1: the first line must name the columns"),
        (f"{HEAD}\n{ROW}\none,two\n", ":3: 2 cells, the first line has 6"),
        (f"{HEAD}\n{ROW.replace('one', 'One!', 1)}\n", ":2: id: 'One!' is no piece id"),
        (f"{HEAD}\n{ROW.replace(SHA, 'abc')}\n", ":2: sha256: 'abc' is not 64 hex digits"),
        (f"{HEAD}\n{ROW[:-1]}x\n", ":2: not a token: chain_id '11155111', token_id 'x'"),
        (f"{HEAD}\n{ROW[:-1]}0\n", ":2: not a token: chain ids and token ids start at 1"),
        (f"{HEAD}\n{ROW.replace('E7,', 'e7,')}\n", ":2: not a token: 0x5290"),
        (f"{HEAD}\n{ROW.replace(ADDRESS, '')}\n", ":2: not a token"),
        (f"{HEAD}\n{ROW}\n{ROW[:-1]}2\n", ":3: the piece 'one' stands in line 2 already"),
        (
            f"{HEAD}\n{ROW}\n{ROW.replace('one', 'two')}\n",
            ":3: token 1 stands in line 2 already",
        ),
        (f"{HEAD}\n".encode() + b"\xff\n", ":2: this is not UTF-8"),
        (f'{HEAD}\n"{"x" * 200_000}\n', ":2: a cell of more than 131,072 letters"),
    ],
)
def test_a_damaged_line_is_told_with_its_number(path, text, said):
    assert f"pieces.lock.csv{said}" in complaint(path, text)


@pytest.mark.parametrize(
    ("collection", "lock"),
    [
        ("collection.yaml", "pieces.lock.csv"),
        ("another.yaml", "another.lock.csv"),
        ("another.yml", "another.yml.lock.csv"),
        ("collection.yml", "collection.yml.lock.csv"),
        ("pieces.yaml", "pieces.yaml.lock.csv"),
    ],
)
def test_every_collection_file_has_one_of_its_own(tmp_path, collection, lock):
    assert lock_path(tmp_path / collection) == tmp_path / lock


def test_tokens_are_those_of_one_contract_on_one_chain(path):
    elsewhere = ROW.replace("11155111", "1").replace("one", "two")
    other = "0x" + "12" * 20
    lock = read(path, f"{HEAD}\n{ROW}\n{elsewhere}\n{ROW.replace(ADDRESS, other)}\n")
    assert {i: row.id for i, row in lock.at(11155111, ADDRESS).items()} == {1: "one"}
    assert {i: row.id for i, row in lock.at(1, ADDRESS).items()} == {1: "two"}
    assert lock.at(5, ADDRESS) == {} and lock.at(1, other) == {}
    assert lock.contracts(1) == [ADDRESS]
    assert set(lock.contracts(11155111)) == {ADDRESS, other}


def test_a_pipe_or_a_device_is_no_list_of_pieces(path):
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"^\S*pieces\.lock\.csv is a device or a pipe"):
        read_lock(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match="is a device or a pipe"):
        read_lock(path)


@pytest.mark.parametrize(
    "row",
    [
        f"one,x,,{'9' * 5000},{ADDRESS},1",
        f"one,x,,1,{ADDRESS},{'9' * 5000}",
        f"one,x,,1,{'0x' + 'a' * 5000},1",
        f"one,x,{'a' * 5000},,,",
        f"{'a' * 5000},x,,,,",
        f"one,x,,１２,{ADDRESS},1",
    ],
)
def test_what_is_wrong_in_a_cell_is_shown_as_far_as_it_helps(path, row):
    said = complaint(path, f"{HEAD}\n{row}\n")
    assert "pieces.lock.csv:2: " in said and len(said) < 500


# --- what journals tell --------------------------------------------------------------------------

HEADER = '{"journal": "mint", "chain_id": 5}'
MINTED = {"kind": "mint", "address": ADDRESS, "first_id": 1, "pieces": ["one", "two"]}


def recalled(folder, *lines, name="sepolia.jsonl"):
    (folder / "journal").mkdir(exist_ok=True)
    (folder / "journal" / name).write_text("\n".join(lines) + "\n")
    found = recall(PiecesLock(folder / "pieces.lock.csv"), folder)
    return {row.id: (row.chain_id, row.contract, row.token_id) for row in found.rows}


def outcome(**changes):
    return json.dumps({"effect": "m", "event": "outcome", "data": {**MINTED, **changes}})


def test_a_lost_lock_is_recalled_from_journals(tmp_path):
    assert recalled(tmp_path, HEADER, outcome()) == {"one": (5, ADDRESS, 1), "two": (5, ADDRESS, 2)}


@pytest.mark.parametrize(("event", "rows"), [("outcome", 2), ("intent", 0)])
def test_what_a_piece_was_called_is_recalled_even_before_it_is_mined(tmp_path, event, rows):
    signed = outcome(called={"one": [0, "sun"], "two": ["x", 1]}).replace("outcome", event)
    assert len(recalled(tmp_path, HEADER, signed)) == rows
    found = recall(PiecesLock(tmp_path / "pieces.lock.csv"), tmp_path).minted
    assert [(found[each].number, found[each].stem) for each in ("one", "two")] == [
        (0, "sun"), (None, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"pieces": 5}, {"pieces": [1, None]}, {"pieces": ["../../../../etc", "/etc/../*"]},
        {"pieces": ["/", "**"]}, {"pieces": None}, {"first_id": "x"}, {"first_id": 0},
        {"first_id": None}, {"address": 5}, {"address": "\x1b[2J"}, {"kind": [1]},
    ],
)  # fmt: skip
def test_what_no_mint_writes_is_not_recalled(tmp_path, changes):
    assert recalled(tmp_path, HEADER, outcome(**changes)) == {}


@pytest.mark.parametrize(
    "lines",
    [
        ["[" * 200_000], ["9" * 6_000], ["{}", outcome()], ["5"],
        [HEADER, "[" * 200_000], ['{"journal": "mint"}', outcome()],
        [HEADER, '{"event": "outcome", "data": {"kind": "mint"}}'],
    ],
)  # fmt: skip
def test_a_stray_journal_tells_nothing_and_blocks_nothing(tmp_path, lines):
    assert recalled(tmp_path, *lines, name="x.jsonl") == {}
    (tmp_path / "journal" / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "journal" / "pipe.jsonl")
    assert len(recalled(tmp_path, HEADER, outcome())) == 2
