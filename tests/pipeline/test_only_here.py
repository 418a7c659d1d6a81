"""Media that only this disk holds: refused on a mainnet, before any work, and told on others."""

import pytest
from support import nftforge, small_collection

KEY = "0x" + "42" * 32
NODE = {"MINE_RPC_URL": "http://127.0.0.1:9", "NFTFORGE_PRIVATE_KEY": KEY}
COMMANDS = (("run",), ("mint",), ("update",), ("freeze",))


def collection(tmp_path, kind, pin=""):
    path = small_collection(tmp_path, "mine")
    path.write_text(
        f"{path.read_text()}networks: {{mine: {{chain_id: 4249, kind: {kind}}}}}\n{pin}"
    )
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("pin", "line"), [("", 1), ("pin: {to: [local]}\n", 12)], ids=["by default", "as written"]
)
def test_a_mainnet_is_refused_before_anything_is_painted(tmp_path, command, pin, line):
    path = collection(tmp_path, "mainnet", pin)
    refused = nftforge(*command, path, "--broadcast", "--confirm-chain", "4249", env=NODE)
    assert refused.code == 7, refused.err
    assert f"collection.yaml:{line}: pin.to: pictures and metadata are on this disk" in refused.err
    assert "only_here: true" in refused.err and "paint" not in refused.err
    assert not (tmp_path / ".nftforge" / "store").exists()


def test_a_reveal_is_refused_too(tmp_path):
    path = collection(tmp_path, "mainnet")
    path.write_text(
        path.read_text().replace("{network: mine}", "{network: mine, placeholder: images/one.png}")
    )
    refused = nftforge("reveal", path, "--broadcast", "--confirm-chain", "4249", env=NODE)
    assert refused.code == 7 and "are on this disk only" in refused.err


def test_who_says_so_may_and_what_sends_nothing_is_not_asked(tmp_path):
    path = collection(tmp_path, "mainnet", "pin: {to: [local], only_here: true}\n")
    assert "on this disk only" not in nftforge("run", path, env={**NODE, "MINE_RPC_URL": ""}).err
    path = collection(tmp_path / "b", "mainnet")
    for command in (("run", "--until", "paint"), ("pin",), ("status",)):
        done = nftforge(command[0], path, *command[1:], env={**NODE, "MINE_RPC_URL": ""})
        assert done.code == 0 and "on this disk only" not in done.err, done.err


def test_a_test_network_is_told_and_goes_on_and_a_rehearsal_is_not(tmp_path):
    path = collection(tmp_path, "testnet")
    told = nftforge("run", path, env={**NODE, "MINE_RPC_URL": ""})
    assert "on this disk only" in told.err.splitlines()[0]
    assert told.code == 3 and "no RPC URL is known for mine" in told.err
    rehearsed = nftforge("run", path, "--network", "embedded")
    assert rehearsed.code == 0 and "on this disk only" not in rehearsed.err


def test_only_here_beside_another_back_end_is_a_contradiction(tmp_path):
    path = collection(tmp_path, "mainnet", "pin: {to: [local, kubo], only_here: true}\n")
    refused = nftforge("plan", path)
    assert refused.code == 2 and "yet others are to hold it: local, kubo" in refused.err
