import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nftforge.core.errors import GuardError
from nftforge.core.journal import Journal

HEADER = {"journal": "mint", "chain_id": 1, "genesis": "0xabc"}


def test_reading_creates_nothing(tmp_path):
    journal = Journal(tmp_path / "deep" / "journal.jsonl", HEADER)
    assert list(journal) == [] and not (tmp_path / "deep").exists()


def test_what_was_appended_is_read_back(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, HEADER)
    journal.append("deploy", "intent", {"nonce": 1})
    journal.append("deploy", "outcome", {"address": "0x1"})
    journal.append("mint 1", "intent", {"nonce": 2})
    again = Journal(path, HEADER)
    assert again.pending("deploy") is None
    assert again.outcome("deploy") == {"address": "0x1"}
    assert again.pending("mint 1") == {"nonce": 2}
    assert again.unfinished() == {"mint 1": {"nonce": 2}}


def test_a_void_intent_is_no_longer_pending(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", HEADER)
    journal.append("mint", "intent", {"nonce": 1})
    journal.append("mint", "void", {"why": "nonce taken"})
    assert journal.pending("mint") is None and journal.outcome("mint") is None


@settings(deadline=None)
@given(cut=st.integers(min_value=0, max_value=400))
def test_cut_anywhere_it_reads_the_whole_lines_and_goes_on(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "journal.jsonl"
    journal = Journal(path, HEADER)
    for number in range(4):
        journal.append(f"effect {number}", "intent", {"number": number})
    raw = path.read_bytes()
    path.write_bytes(raw[:cut])
    whole = max(0, raw[:cut].count(b"\n") - 1)
    torn = Journal(path, HEADER)
    assert [entry.data["number"] for entry in torn] == list(range(whole))
    torn.append("later", "intent", {"number": 99})
    numbers = [entry.data["number"] for entry in Journal(path, HEADER)]
    assert numbers == [*range(whole), 99]
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_another_chains_journal_is_refused_with_both_values(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, HEADER).append("deploy", "intent", {})
    with pytest.raises(GuardError, match="chain_id 1, this run is for chain_id 5"):
        Journal(path, {**HEADER, "chain_id": 5})


def test_damage_in_the_middle_is_refused_with_the_line(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, HEADER)
    journal.append("deploy", "intent", {})
    journal.append("deploy", "outcome", {})
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"effect": "dep\n' + lines[2])
    with pytest.raises(GuardError, match=r"journal\.jsonl:2"):
        Journal(path, HEADER)


def test_a_torn_tail_longer_than_what_follows_is_cut_off(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, HEADER).append("a", "intent", {"number": 1})
    with path.open("ab") as stream:
        stream.write(b'{"effect": "torn", "data": "' + b"x" * 5_000)
    Journal(path, HEADER).append("b", "void", {})
    assert [entry.effect for entry in Journal(path, HEADER)] == ["a", "b"]
    assert path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("other", [{"forked": True, **HEADER}, {"journal": "mint", "chain_id": 1}])
def test_a_header_with_a_key_more_or_less_is_another(tmp_path, other):
    path = tmp_path / "journal.jsonl"
    Journal(path, other).append("deploy", "intent", {})
    with pytest.raises(GuardError, match="belongs to"):
        Journal(path, HEADER)


NO_OBJECTS = ["5", "[1]", '"ab"', "null", "[" * 200_000, "9" * 6_000]
NO_ENTRIES = [
    '{"effect": "x", "event": "outcome", "data": 5}',
    '{"effect": "x", "event": "outcome", "data": null}',
    '{"effect": [5], "event": "outcome", "data": {}}',
    '{"effect": {"a": 1}, "event": "intent", "data": {}}',
    '{"effect": "x", "event": "\\u001b[2J", "data": {}}',
    '{"effect": "x", "event": ["intent"], "data": {}}',
    '{"event": "intent", "data": {}}',
]


@pytest.mark.parametrize(
    ("number", "line"),
    [*((1, line) for line in NO_OBJECTS), *((2, line) for line in NO_OBJECTS + NO_ENTRIES)],
)
def test_a_line_that_nobody_wrote_is_refused_with_its_number(tmp_path, number, line):
    path = tmp_path / "journal.jsonl"
    Journal(path, HEADER).append("deploy", "intent", {"nonce": 1})
    lines = path.read_text().splitlines()
    lines[number - 1] = line
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(GuardError, match=f"journal.jsonl:{number}: this journal line is damaged"):
        Journal(path, HEADER)


def test_a_header_of_a_megabyte_is_not_echoed(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({**HEADER, "chain_id": "9" * 1_000_000}) + "\n")
    with pytest.raises(GuardError) as refused:
        Journal(path, HEADER)
    assert len(refused.value.fact) < 500


def test_entries_know_their_line(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, HEADER)
    journal.append("deploy", "intent", {"nonce": 1})
    journal.append("deploy", "outcome", {})
    assert [entry.line for entry in journal] == [2, 3]
    assert list(Journal(path, HEADER)) == list(journal)


def test_no_link_leads_what_is_written_elsewhere(tmp_path):
    (tmp_path / "journal.jsonl").symlink_to(tmp_path / "victim")
    journal = Journal(tmp_path / "journal.jsonl", HEADER)
    with pytest.raises(OSError):
        journal.append("deploy", "intent", {"nonce": 1})
    assert not (tmp_path / "victim").exists()
