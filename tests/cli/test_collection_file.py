"""FILE can be left out, and a folder is taken for the collection in it."""

from __future__ import annotations

import pytest
import typer
from support import nftforge, small_collection

from nftforge.cli.app import app
from nftforge.cli.collection_file import find_collection
from nftforge.core.errors import ConfigError

ROOT = typer.main.get_command(app)
SERVE = ROOT.commands["ipfs"].commands["serve"]
HERE = ["run", "plan", "paint", "render", "pin", "mint", "status", "sheet", "preview", "traits",
        "verify", "gallery", "open", "check", "update", "reveal", "freeze",
        "verify-source"]  # fmt: skip


def test_every_command_with_a_file_does_without_one():
    named = [
        name
        for name, command in [*ROOT.commands.items(), ("serve", SERVE)]
        for param in command.params
        if param.metavar == "FILE" and param.param_type_name == "argument" and not param.required
    ]  # fmt: skip
    assert sorted(named) == sorted(
        [
            *HERE,
            "list",
            "listings",
            "delist",
            "offers",
            "accept",
            "transfer",
            "transfer-ownership",
            "serve",
        ]
    )
    required = [
        name
        for name, command in ROOT.commands.items()
        for param in command.params
        if param.metavar == "FILE" and param.required
    ]
    assert required == []


def test_the_collection_in_this_folder_is_meant(tmp_path):
    small_collection(tmp_path)
    assert nftforge("run", "--until", "paint", cwd=tmp_path).code == 0
    plain = nftforge("status", cwd=tmp_path)
    assert plain.code == 0 and "Small on embedded" in plain.out
    named = nftforge("status", "collection.yaml", cwd=tmp_path)
    assert plain.out == named.out
    assert "there is no contract" in nftforge("verify", cwd=tmp_path).err


def test_a_folder_is_taken(tmp_path):
    path = small_collection(tmp_path / "art")
    said = [nftforge("status", name, cwd=tmp_path) for name in ("art", "art/", path)]
    assert [done.code for done in said] == [0, 0, 0]
    assert said[0].out == said[1].out
    path.rename(path.with_suffix(".yml"))
    assert nftforge("status", "art", cwd=tmp_path).code == 0


def test_two_files_that_could_be_meant_are_refused(tmp_path):
    path = small_collection(tmp_path)
    path.with_suffix(".yml").write_text(path.read_text())
    done = nftforge("run", cwd=tmp_path)
    assert done.code == 2 and "collection.yaml and collection.yml are both here" in done.err
    assert "run collection.yaml" in done.err and not (tmp_path / ".nftforge").exists()


def test_another_name_is_told_and_how_to_say_it(tmp_path):
    small_collection(tmp_path).rename(tmp_path / "summer.yaml")
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    done = nftforge("run", cwd=tmp_path)
    assert done.code == 2 and "there is no collection.yaml here" in done.err
    assert "summer.yaml is one: python -m nftforge run summer.yaml" in done.err
    (tmp_path / "winter.yml").write_text((tmp_path / "summer.yaml").read_text())
    done = nftforge("freeze", cwd=tmp_path)
    assert "there are summer.yaml, winter.yml; say which" in done.err
    assert "nftforge freeze summer.yaml" in done.err


def test_where_there_is_none_a_starter_is_offered(tmp_path):
    done = nftforge("run", cwd=tmp_path)
    assert done.code == 2 and "`nftforge init` writes a starter" in done.err
    with pytest.raises(ConfigError, match=f"no collection.yaml in {tmp_path}"):
        find_collection(tmp_path, "nftforge run")


@pytest.mark.parametrize(
    ("there", "bare", "named"),
    [
        ("Collection.yaml", "Collection.yaml is one", "there is Collection.yaml: capitals and"),
        ("collections.yaml", "collections.yaml is one", "there is collections.yaml"),
        ("COLLECTION.YML", "COLLECTION.YML is one", "there is COLLECTION.YML"),
        ("collection.yaml.txt", "there is collection.yaml.txt", "there is collection.yaml.txt"),
        ("collection.yml", "", "there is collection.yml"),
    ],
)
def test_a_file_near_to_the_one_that_is_meant_is_named(tmp_path, there, bare, named):
    small_collection(tmp_path).rename(tmp_path / there)
    done = nftforge("status", cwd=tmp_path)
    assert (done.code, bare in done.err) == (2 if bare else 0, True), done.err
    done = nftforge("status", "collection.yaml", cwd=tmp_path)
    assert done.code == 2 and named in done.err, done.err


def test_odd_files_are_passed_over(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "half.yaml").write_text("pieces:\n")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(ConfigError, match="writes a starter"):
        find_collection(tmp_path, "nftforge run")


# --- where FILE may be something else, or nothing -----------------------------------------------


def test_pin_goes_by_the_file_here_or_by_names_alone(tmp_path):
    small_collection(tmp_path)
    assert nftforge("pin", "-q", cwd=tmp_path).code == 0
    car = tmp_path / ".nftforge" / "ipfs" / "collection.car"
    (tmp_path / "elsewhere").mkdir()
    by_name = nftforge("pin", "--from", car, "--to", "local", "--json", cwd=tmp_path / "elsewhere")
    by_file = nftforge("pin", "--from", car, "--json", cwd=tmp_path)
    assert by_name.json["to"] == by_file.json["to"] == ["local"]
    alone = nftforge("pin", "--from", car, cwd=tmp_path / "elsewhere")
    assert alone.code == 2 and "there is no collection.yaml here" in alone.err
    assert "--to goes with --from" in nftforge("pin", "--to", "local", cwd=tmp_path).err


def test_verify_by_a_contract_looks_for_no_file(tmp_path):
    some = "0x52908400098527886E0F7030069857D2E4169EE7"
    alone = nftforge("verify", "--contract", some, cwd=tmp_path)
    assert alone.code == 2 and "--contract needs --network" in alone.err
    small_collection(tmp_path)
    both = nftforge("verify", "collection.yaml", "--contract", some, cwd=tmp_path)
    assert both.code == 2 and "not by both" in both.err


def test_a_piece_is_given_away_from_the_folder_one_is_in(tmp_path):
    small_collection(tmp_path)
    some = "0x52908400098527886E0F7030069857D2E4169EE7"
    said = [
        nftforge("transfer", *words, cwd=tmp_path)
        for words in (["one", some], ["collection.yaml", "one", some], [".", "one", some])
    ]
    assert len({done.err for done in said}) == 1 and "is not minted on" in said[0].err
    for command, due in (("transfer", "PIECE ADDRESS"), ("accept", "PIECE HASH")):
        done = nftforge(command, "one", cwd=tmp_path)
        assert done.code == 2
        assert f"{due} is needed" in done.err and f"nftforge {command} [FILE] {due}\n" in done.err


def test_the_one_argument_of_a_transfer_is_the_address(tmp_path):
    small_collection(tmp_path)
    some = "0x52908400098527886E0F7030069857D2E4169EE7"
    said = [
        nftforge("transfer-ownership", *words, cwd=tmp_path)
        for words in ([some], ["collection.yaml", some], [".", some])
    ]
    assert len({done.err for done in said}) == 1 and "there is no contract" in said[0].err
    for words in ([], ["collection.yaml"], ["."]):
        done = nftforge("transfer-ownership", *words, cwd=tmp_path)
        assert done.code == 2 and "address" in done.err
