"""The command line given files that strangers made: each ends in its share of memory, time and
disk, with one clear line, the right exit code, and nothing that acts on a terminal."""

from __future__ import annotations

import json
import re

import pytest
from support import small_collection
from support.hostile import (
    ESCAPES,
    HIDDEN,
    YAML,
    Dag,
    array_head,
    car_with_huge_section,
    hostile_tokens,
    stroke_file,
    within_limits,
)
from support.raw_http import running

from nftforge.chain.connection import connect
from nftforge.chain.contract import (
    CollectionSpec,
    check_proxy,
    deployment_of,
    describe_revert,
    mint_batch,
)
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer
from nftforge.core.errors import MismatchError
from nftforge.ipfs.serve import GatewayServer
from nftforge.pipeline.minting.open import embedded_path
from nftforge.pipeline.retrieval import Expected, Source, verify_tokens

ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def check(ended, code):
    """Its exit code, no traceback, nothing that acts on a terminal."""
    assert ended.code == code, (ended.code, ended.out[-2000:], ended.err[-2000:])
    for text in (ended.out, ended.err):
        assert "Traceback" not in text and "unexpected" not in text, text
        assert not ACTS.search(text), repr(text)


# --- tokens -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """(folder with the chain, contract, the words due for each token, blocks)"""
    folder, made, signer = tmp_path_factory.mktemp("hostile"), Dag(), dev_signer()
    tokens = hostile_tokens(made)
    spec = CollectionSpec("x", "X", signer.address, 1000, 500, bytes(32))
    network = find_network("embedded")
    path = embedded_path(folder / ".nftforge")
    with connect(network, rpc_url=None, embedded_path=path) as chain:

        def send(call):
            bill = quote(chain, signer.address, call, describe_revert)
            signed = sign(chain, signer, call, bill, chain.nonce(signer.address))
            confirm(chain, [signed], sleep=lambda seconds: None)

        check_proxy(chain)
        deployment = deployment_of(spec, bytes(32), chain.chain_id)
        send(deployment.call)
        for number, (file, _) in enumerate(tokens.values(), start=1):
            directory = made.folder({f"{number}.json": file}).digest
            send(mint_batch(deployment.address, signer.address, number, 1, directory))
    return folder, deployment.address, [words for _, words in tokens.values()], made.blocks


def get_from(blocks):
    def get(cid):
        if cid not in blocks:
            raise MismatchError(f"the block {cid} is not here")
        return blocks[cid]

    return get


def test_a_contract_of_hostile_tokens_is_reported_token_by_token(hostile):
    folder, contract, words, blocks = hostile
    options = ("verify", "--contract", contract, "--network", "embedded", "--gateway")
    with running(GatewayServer(get_from(blocks), 0)) as gateway:
        plain = within_limits(*options, gateway.url, cwd=folder)
        as_json = within_limits(*options, gateway.url, "--json", cwd=folder)
    check(plain, 6)
    lines = [line for line in plain.out.splitlines() if re.match(r" {4,5}\d", line)]
    sources = [line for line in plain.out.splitlines() if gateway.url in line]
    assert len(lines) == len(sources) == len(words)
    for line, source, word in zip(lines, sources, words, strict=True):
        assert word in f"{line} {source}", (line, source)
    check(as_json, 6)
    found = json.loads(as_json.out)
    states = [token["state"] for token in found["tokens"]]
    assert states.count("verified") == words.count("ok")
    assert (
        states[-1] == "pending" and found["totals"]["failed"] == len(words) - words.count("ok") - 1
    )
    assert any(token["name"] == ESCAPES for token in found["tokens"])  # in JSON it is what it is


def look(folder, contract, get):
    path = embedded_path(folder / ".nftforge")
    with connect(find_network("embedded"), rpc_url=None, embedded_path=path) as chain:
        return verify_tokens(chain, contract, [Source("here", get, False)], Expected())


def test_what_nobody_thought_of_ends_one_token_and_not_the_report(hostile):
    folder, contract, words, blocks = hostile
    bad = list(blocks)[-1]  # the directory of the last token

    def get(cid):
        return 1 // 0 if cid == bad else get_from(blocks)(cid)

    *others, last = look(folder, contract, get)
    assert last.state == "failed" and "cannot be checked: ZeroDivisionError" in last.problems[0]
    assert [finding.state == "verified" for finding in others] == [w == "ok" for w in words[:-1]]


def test_a_token_that_takes_for_ever_is_pending(hostile, monkeypatch):
    folder, contract, _, blocks = hostile
    monkeypatch.setattr("nftforge.pipeline.retrieval.TOKEN_SECONDS", -1.0)
    found = look(folder, contract, get_from(blocks))
    assert {finding.state for finding in found} == {"pending"}
    assert "did not come whole in" in found[0].retrieved[0].why


def test_a_token_that_names_more_than_anyone_shows_is_left_half_way(hostile, monkeypatch):
    folder, contract, words, blocks = hostile
    monkeypatch.setattr("nftforge.pipeline.retrieval.TOKEN_BYTES", 1_000)
    read = []

    def get(cid):
        read.append(cid)
        return get_from(blocks)(cid)

    found = look(folder, contract, get)
    film = found[1 + words.index("is more than 4294967296 bytes")]
    assert found[0].state == "verified" and film.state == "failed"
    assert len(read) < 10 * len(words)


# --- backups ------------------------------------------------------------------------------------


def unfolding(made):
    return made.folder({"a.gif": made.unfolding()})


CARS = {
    "a file of 9e15 bytes": (unfolding, 6, "would unpack to 9305174835200000 in"),
    "a file that says it is small": (
        lambda made: made.folder({"a.gif": made.modest()}), 6, "were promised",
    ),
    "3e11 small files": (lambda made: made.wide_folders(), 6, "would unpack to"),
    "folders in folders": (lambda made: made.deep_folders(3000), 6, "64 deep"),
    "shards in shards": (lambda made: made.deep_shards(3000), 6, "no part of a sharded"),
    "shards that multiply": (lambda made: made.wide_shards(), 6, "is made of more than"),
    "a file too deep": (lambda made: made.folder({"a": made.deep_file(3000)}), 6, "is no file"),
    "a name that leads out": (
        lambda made: made.folder({"../../x": made.raw(b"x")}), 6, "is no file name",
    ),
    "a name of escapes": (
        lambda made: made.folder({f"{ESCAPES}{HIDDEN}\n/x": made.raw(b"x")}), 6, "is no file name",
    ),
    "a name of 2,000 letters": (
        lambda made: made.folder({"a" * 2000: made.raw(b"x")}), 6, "more than 255 bytes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CARS)
def test_a_car_made_to_fill_the_disk_writes_nothing(tmp_path, kind):
    make, code, words = CARS[kind]
    made = Dag()
    root = make(made)
    (tmp_path / "x.car").write_bytes(made.car(root))
    ended = within_limits("pin", "--from", "x.car", "--to", "local", cwd=tmp_path)
    check(ended, code)
    assert words in ended.err
    assert not [path for path in (tmp_path / ".nftforge").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (car_with_huge_section(), "names a block of 1099511627776 bytes"),
        (b"\xff" * 100, "is cut off or too large"),
        (b"", "it is empty"),
        (bytes(1000), "no CAR file"),
    ],
)
def test_what_is_no_car_is_said_so(tmp_path, raw, words):
    (tmp_path / "x.car").write_bytes(raw)
    ended = within_limits("pin", "--from", "x.car", "--to", "local", cwd=tmp_path)
    check(ended, 6)
    assert words in ended.err


def test_a_backup_is_still_taken_whole(tmp_path):
    made = Dag()
    file = made.file([(made.raw(bytes([n]) * 262_144), 262_144) for n in range(4)])
    root = made.folder({"one": made.folder({"a.gif": file, "b.gif": file})})
    (tmp_path / "x.car").write_bytes(made.car(root))
    left = tmp_path / ".nftforge" / "ipfs" / "blocks" / "tmp" / ("81c2" * 8)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"what a kill left")
    ended = within_limits("pin", "--from", "x.car", "--to", "local", "--json", cwd=tmp_path)
    check(ended, 0)
    assert not left.exists()
    assert json.loads(ended.out)["bytes"] == 2 << 20


# --- collection files, stroke files, folders ----------------------------------------------------


@pytest.mark.parametrize("kind", YAML)
def test_a_hostile_collection_file_ends_in_one_line(tmp_path, kind):
    (tmp_path / "collection.yaml").write_text(YAML[kind])
    ended = within_limits("plan", "collection.yaml", "--json", cwd=tmp_path)
    check(ended, 2)
    assert ended.err.startswith("nftforge: collection.yaml:") and len(ended.err) < 2000
    assert json.loads(ended.out)["error"]["exit_code"] == 2


def hostile_arrays():
    huge = 1 << 28
    return {
        "zeros, 256 MB of them": {"params": array_head(f"({huge // 4},)") + bytes(huge)},
        "a shape of 1e18": {"params": array_head("(1000000000000000000, 9)")},
        "a shape of 3e9": {"colours": array_head("(300000000, 2, 3)")},
        "a shape below zero": {"params": array_head("(-1, 9)")},
        "a head of brackets": {"params": array_head("(" * 2000 + "1" + ")" * 2000)},
        "a letter of 2 GB": {"brush": array_head("()", "<U500000000")},
        "objects": {"params": array_head("(1,)", "|O") + b"x"},
        "no array": {"params": b"x"},
        "a brush that leads out": {"brush": "../../x"},
        "a brush of escapes": {"brush": ESCAPES},
        "strokes as long as the world": {"params": [[1e9] * 7]},
        "not a number": {"params": [[float("nan")] * 7]},
        "a sliver": {"aspect": 1e-300},
    }


@pytest.mark.parametrize("kind", hostile_arrays())
def test_a_hostile_stroke_file_ends_in_one_line(tmp_path, kind):
    path = stroke_file(tmp_path / "x.npz", **hostile_arrays()[kind])
    ended = within_limits("draw", path, "-o", tmp_path / "out", cwd=tmp_path)
    check(ended, 2)
    assert not (tmp_path / "out").exists()


def test_a_folder_deeper_than_python_can_follow_has_no_cid(tmp_path):
    deepest = tmp_path
    for _ in range(1200):
        deepest /= "a"
        deepest.mkdir()
    try:
        ended = within_limits("cid", tmp_path / "a", cwd=tmp_path)
        check(ended, 2)
        assert "is more than 64 folders deep" in ended.err and len(ended.err) < 4500
    finally:
        while deepest != tmp_path:  # shutil.rmtree, which pytest uses, cannot either
            deepest.rmdir()
            deepest = deepest.parent


def test_a_link_in_a_work_folder_costs_nobody_a_file(tmp_path):
    file = small_collection(tmp_path / "theirs")
    victim = tmp_path / "victim" / "Documents" / "thesis"
    victim.parent.mkdir(parents=True)
    victim.write_text("all of it")
    link = file.parent / ".nftforge" / "tmp"
    link.parent.mkdir()
    link.symlink_to("../../victim")
    ended = within_limits("paint", "collection.yaml", cwd=file.parent)
    check(ended, 7)
    assert ".nftforge/tmp is a symbolic link" in ended.err and victim.exists()
    assert list(file.parent.joinpath(".nftforge").iterdir()) == [link]


def test_a_file_name_cannot_write_on_the_terminal(tmp_path):
    name = f"{ESCAPES}{HIDDEN}\n0 problems"
    (tmp_path / name).write_bytes(b"no picture")
    for command in (("stroke", name, "-o", "out"), ("draw", name, "-o", "out"), ("plan", name)):
        ended = within_limits(*command, cwd=tmp_path)
        check(ended, 2)
        assert "\n0 problems" not in ended.err and "\\u001b[2J" in ended.err
    ended = within_limits("--" + name, cwd=tmp_path)
    assert ended.code == 2 and not ACTS.search(ended.err.replace("\n", ""))
