"""What would end a run ends it before anything is painted, and `check` tells all of it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support import RecordedReport, nftforge, small_collection
from support.anvil import anvil, mined, rpc
from support.fake_pinata import FakePinata, jwt
from support.faults import serve
from support.machine import ANVIL

from nftforge.chain.wallet import DEV_ADDRESS, key_signer, save_keystore
from nftforge.config.load import load_collection
from nftforge.core.errors import MissingError
from nftforge.pipeline import preflight
from nftforge.pipeline.job import Job

KEY = "0x" + "42" * 32
OWNER = key_signer(KEY).address
PASSWORD = "a long password"


@pytest.fixture(scope="module")
def node():
    with anvil() as url:
        rpc(url, "anvil_setBalance", OWNER, hex(10**19))
        yield url


@pytest.fixture
def keystores(tmp_path):
    save_keystore(key_signer(KEY), "mine", tmp_path / "home" / "keystores", PASSWORD)
    return {"NFTFORGE_HOME": str(tmp_path / "home"), "NFTFORGE_KEYSTORE": "mine"}


def on_lab(folder, url, **env):
    """A small collection on a test network of its own, and the environment to reach it."""
    path = small_collection(folder, "lab")
    path.write_text(f"{path.read_text()}networks: {{lab: {{chain_id: 31337, kind: testnet}}}}\n")
    return path, {"LAB_RPC_URL": url, "NFTFORGE_HOME": str(folder / "home"), **env}


def painted(path):
    return list(path.parent.glob(".nftforge/store/paint/*/*"))


def edit(path, old, new):
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def refused(path, env, code, *words):
    done = nftforge("run", path, "--yes", env=env)
    assert done.code == code, done.err
    assert all(word in done.err for word in words), done.err
    assert not painted(path)


# --- a run is refused at its start ----------------------------------------------------------------


def test_a_picture_that_breaks_off_is_named_with_its_line(tmp_path):
    path = small_collection(tmp_path)
    whole = (tmp_path / "images" / "two.png").read_bytes()
    (tmp_path / "images" / "two.png").write_bytes(whole[: len(whole) // 2])
    refused(path, {}, 2, "collection.yaml:9: pieces[1].image", "two.png")


def test_a_broken_style_picture_is_named_where_it_stands(tmp_path):
    path = small_collection(tmp_path)
    edit(path, "canvas: white}", "canvas: white, style: {image: sea.jpg}}")
    (tmp_path / "sea.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    refused(path, {}, 2, "collection.yaml:5: paint.style", "sea.jpg")


@pytest.mark.anvil
def test_no_key_and_a_wrong_password_are_said_first(tmp_path, node, keystores):
    path, env = on_lab(tmp_path, node)
    refused(path, env, 3, "no key to sign with on lab")
    wrong = {**env, **keystores, "NFTFORGE_KEYSTORE_PASSWORD": "another"}
    refused(path, wrong, 2, "wrong password")
    refused(path, {**env, **keystores}, 3, "the keystore needs a password")


@pytest.mark.anvil
def test_looking_needs_no_password(tmp_path, node, keystores):
    path, env = on_lab(tmp_path, node)
    env |= keystores
    planned = nftforge("plan", path, "--json", env=env)
    assert planned.code == 0, planned.err
    assert planned.json["bill"]["signer"] == OWNER
    assert nftforge("status", path, env=env).code == 0
    checked = nftforge("check", path, env=env)
    assert checked.code == 0 and "its password is asked for when something is sent" in checked.out
    wrong = nftforge("check", path, env={**env, "NFTFORGE_KEYSTORE_PASSWORD": "another"})
    assert wrong.code == 2 and "wrong password" in wrong.out


@pytest.mark.anvil
def test_an_empty_account_is_told_what_it_needs(tmp_path, node):
    path, env = on_lab(tmp_path, node, NFTFORGE_PRIVATE_KEY="0x" + "43" * 32)
    refused(path, env, 5, "has 0.000000 ETH", "is needed")


@pytest.mark.anvil
def test_another_chain_and_a_silent_node_are_said_first(tmp_path, node):
    path, env = on_lab(tmp_path, node, NFTFORGE_PRIVATE_KEY=KEY)
    edit(path, "31337", "31338")
    refused(path, env, 7, "31337", "31338")
    refused(path, {**env, "LAB_RPC_URL": "http://127.0.0.1:9"}, 4, "127.0.0.1:9")


@pytest.mark.anvil
def test_a_receiver_that_would_lose_its_token_is_refused_first(tmp_path, node):
    path, env = on_lab(tmp_path, node, NFTFORGE_PRIVATE_KEY=KEY)
    contract = "0x4e59b44847b379578588920cA78FbF26c0B4956C"  # the CREATE2 proxy
    edit(path, "network: lab", f'network: lab, to: "{contract}"')
    refused(path, env, 7, contract, "takes no ERC-721 tokens")
    edit(path, f'"{contract}"', "artist.eth")
    refused(path, env, 2, "artist.eth cannot be resolved on lab")


def test_a_back_end_that_takes_no_key_is_said_first(tmp_path):
    path = small_collection(tmp_path)
    path.write_text(f"{path.read_text()}pin: {{to: [pinata]}}\n")
    refused(path, {}, 3, "PINATA_JWT is not set")
    with serve(FakePinata()) as url:
        env = {"PINATA_API_URL": url, "PINATA_UPLOADS_URL": url, "PINATA_JWT": jwt(())}
        refused(path, env, 3, "the key in PINATA_JWT may not")


def test_a_node_that_does_not_run_and_a_key_that_is_missing_are_told_together(tmp_path):
    path = small_collection(tmp_path)
    path.write_text(f"{path.read_text()}pin: {{to: [kubo, pinning-service], give_up_s: 1}}\n")
    nobody = {"PINNING_SERVICE_TOKEN": "token", "PINNING_SERVICE_URL": "http://127.0.0.1:9"}
    env = {"KUBO_RPC_URL": "http://127.0.0.1:9", **nobody}
    gone = "cannot be reached: nothing listens there"
    refused(path, env, 4, f"kubo (http://127.0.0.1:9) {gone}", "is the node running (`ipfs daemon`",
            f"pinning-service (http://127.0.0.1:9) {gone}")  # fmt: skip
    bare = {**env, "KUBO_RPC_URL": "127.0.0.1:5001", "PINNING_SERVICE_TOKEN": ""}
    refused(path, bare, 2, "kubo: http:// is missing before 127.0.0.1", "mend KUBO_RPC_URL",
            "PINNING_SERVICE_TOKEN is not set")  # fmt: skip


def test_a_dry_run_needs_its_anvil_before_it_paints(tmp_path):
    path = small_collection(tmp_path, "anvil")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = nftforge("run", path, "--dry-run", env=env)
    assert done.code == 3 and "a dry run needs Anvil" in done.err and not painted(path)


def test_a_full_disk_is_said_before_it_is_full(tmp_path, monkeypatch):
    path = small_collection(tmp_path)
    job = Job(load_collection(path), ANVIL, frozenset(), {}, tmp_path)
    monkeypatch.setattr(preflight, "ROOM", 1e18)
    with pytest.raises(MissingError, match=r"GB free, about .* GB needed") as refusal:
        preflight.preflight(job, None, None, RecordedReport(), lambda replacement: None)
    assert "nothing was painted" in refusal.value.hint


# --- what only a painting tells -------------------------------------------------------------------


@pytest.mark.anvil
def test_with_everything_lost_what_is_painted_again_tells_which_tokens_there_are(tmp_path, node):
    """It was refused: nothing said which pieces the tokens are, until they were painted."""
    path = small_collection(tmp_path, "anvil")
    edit(path, "name: Small", "name: Lost")
    env = {"ANVIL_RPC_URL": node}
    assert nftforge("run", path, env=env).code == 0
    sent = mined(node, DEV_ADDRESS)
    (tmp_path / ".nftforge").rename(tmp_path / "lost")
    (tmp_path / "pieces.lock.csv").unlink()
    checked = nftforge("check", path, env=env)
    assert checked.code == 0 and "what is painted tells" in checked.out
    again = nftforge("run", path, "--json", env=env)
    assert again.code == 0, again.err
    assert "what is painted may tell" in again.err
    assert [row["token_id"] for row in again.json["pieces"]] == [1, 2]
    assert mined(node, DEV_ADDRESS) == sent


# --- check ----------------------------------------------------------------------------------------


def test_check_tells_all_that_is_wrong_at_once_and_makes_nothing(tmp_path):
    path = small_collection(tmp_path, "sepolia")
    (tmp_path / "images" / "one.png").write_bytes(b"no picture")
    path.write_text(f"{path.read_text()}pin: {{to: [pinata]}}\n")
    env = {"SEPOLIA_RPC_URL": "", "PINATA_JWT": ""}
    done = nftforge("check", path, "--json", env=env)
    rows = {row["name"]: row for row in done.json["checks"]}
    wrong = {name: row["exit_code"] for name, row in rows.items() if not row["ok"]}
    assert {name: wrong[name] for name in ("pictures", "pin", "chain")} == {
        "pictures": 2, "pin": 3, "chain": 3,
    }  # fmt: skip
    assert done.code == 2 and done.json["ok"] is False and rows["disk"]["ok"]
    assert rows["chain"]["hint"].startswith("put SEPOLIA_RPC_URL=")
    assert wrong["key"] == 3 and "no key to sign with" in rows["key"]["detail"]
    assert not (tmp_path / ".nftforge").exists()


def test_node_and_key_are_both_told_where_both_are_missing(tmp_path):
    path = small_collection(tmp_path, "sepolia")
    env = {"SEPOLIA_RPC_URL": "", "NFTFORGE_PRIVATE_KEY": "", "NFTFORGE_KEYSTORE": ""}
    refused(path, env, 3, "no RPC URL is known", "no key to sign with", "nftforge wallet new")
    url = {**env, "SEPOLIA_RPC_URL": "http://127.0.0.1:9"}
    refused(path, url, 3, "no key to sign with on sepolia")  # before the node is asked


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "sepolia.infura.io/v3/0123456789abcdef0123",
            "https:// is missing before sepolia.infura.io",
        ),
        ("127.0.0.1:8545", "http:// is missing before 127.0.0.1"),
        ("wss://sepolia.infura.io/ws/v3/0123456789abcdef0123", "this is a web socket's address"),
        ("0123456789abcdef0123", "an address begins with https://"),
        (
            "https://a.example,b.example/0123456789abcdef0123",
            "https:// is missing before b.example",
        ),
    ],
)
def test_a_url_without_its_scheme_is_named_by_its_variable(tmp_path, url, said):
    path = small_collection(tmp_path, "sepolia")
    (tmp_path / ".env").write_text(f"SEPOLIA_RPC_URL={url}\nNFTFORGE_PRIVATE_KEY={KEY}\n")
    refused(path, {}, 2, f"SEPOLIA_RPC_URL: {said}", ".env")
    checked = nftforge("check", path)
    assert f"SEPOLIA_RPC_URL: {said}" in checked.out
    assert "0123456789abcdef0123" not in checked.out + checked.err


@pytest.mark.anvil
def test_check_looks_at_the_chain_where_the_key_is_missing(tmp_path, node):
    path, env = on_lab(tmp_path, node)
    rows = {row["name"]: row for row in nftforge("check", path, "--json", env=env).json["checks"]}
    assert rows["chain"]["ok"] and not rows["key"]["ok"]


@pytest.mark.parametrize(
    ("sale", "price", "code", "said"),
    [
        ("price: 0.2 ETH, until: 2099-02-01", "", 2, "the sale of one would last"),
        ("price: 0.2 ETH, until: 2020-02-01", "", 2, "the sale of one was over"),
        ("price: 0.2 POL, until: {}", "", 2, "sale.price: '0.2 POL': the units here are ETH"),
        ("price: 0.2 ETH, until: {}", "0.2 POL", 2, "pieces[0].price: '0.2 POL': the units here"),
        ("price: 0.2 ETH, until: {}", "30 ETH", 7, "sale.price: 0.2 ETH for two: 0.013 x of"),
        ("price: 0.2 ETH, until: {}, min_price: 0.3 ETH", "", 7, "below `min_price`, 0.3 ETH"),
        ("price: 0.2 ETH, until: {}, min_price: 1 POL", "", 2, "sale.min_price: '1 POL'"),
        ("price: 0.2 ETH, until: {}, start: {}", "", 2, "this sale ends before it begins"),
        ("until: {}", "{{from: 1 ETH, to: 2 ETH, over: 3 days}}", 7, "a price that rises"),
        ("until: {}", "", 2, "no price for any piece"),
        ("", "0.2 ETH", 2, "no `sale:` says until when pieces are for sale"),
    ],
)
def test_check_looks_at_a_sale_as_list_would(tmp_path, sale, price, code, said):
    path = small_collection(tmp_path)
    until = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    if sale:
        path.write_text(f"{path.read_text()}sale: {{{sale.replace('{}', until)}}}\n")
    if price:
        edit(path, "name: One", f"name: One, price: {price.format()}")
    checked = nftforge("check", path, "--json")
    row = {row["name"]: row for row in checked.json["checks"]}["sale"]
    assert (checked.code, row["ok"], row["exit_code"]) == (code, False, code), row
    assert said in row["detail"] and "collection.yaml" in row["detail"]
    told = nftforge("check", path).out
    assert told.splitlines()[-1] == "  a run can end, and `nftforge list` would be stopped"


def test_a_sale_that_can_begin_is_said_so_and_none_is_not_looked_for(tmp_path):
    path = small_collection(tmp_path)
    assert "sale" not in nftforge("check", path).out
    until = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%d")
    path.write_text(f"{path.read_text()}sale: {{price: 0.2 ETH, until: {until}}}\n")
    done = nftforge("check", path)
    assert done.code == 0 and "2 pieces for 0.2 ETH" in done.out


def test_check_says_that_a_run_can_end(tmp_path):
    done = nftforge("check", small_collection(tmp_path))
    assert done.code == 0 and done.out.splitlines()[-1] == "  a run can end"
    assert f"2 pieces to be minted, to {DEV_ADDRESS}" in done.out
    names = [line.split()[1] for line in done.out.splitlines()[1:-1]]
    assert names == [
        "pictures", "disk", "pin", "held", "chain", "key", "contract", "art", "recipients", "funds",
    ]  # fmt: skip
    assert not (tmp_path / ".nftforge").exists()
