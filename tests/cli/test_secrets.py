"""Keys, passwords and RPC tokens planted everywhere, then searched for in everything written.

The real command line runs on a test network through failures of every sort; its output, its
errors, its JSON and every file it leaves are searched for each secret, in any spelling.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote as percent

import pytest
from support import nftforge, small_collection
from support.anvil import anvil, anvil_program, rpc
from support.fake_pinata import jwt
from support.fault_proxy import accept_then_drop, answer, fault_proxy, http, say
from support.faults import Response, serve

from nftforge.chain.wallet import key_signer, save_keystore

pytestmark = [pytest.mark.anvil, pytest.mark.slow]
KEY = "7c4fd1a9b2e05c63d8f17e94ab30c25f6d81e2a7095b4c3f8e6d1a2b3c4d5e6f"
OTHER_KEY = "91e5c7d2a4b6f8031726354c5d6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f90"
PASSWORD = "correct-horse-battery-9137"
TOKEN = "tok_4f9a8b7c6d5e4f3a2b1c"
SECOND_TOKEN = "9d1e7c5b3a8f6042e4d2c0b1"  # of the second node of a list
JWT = jwt() + "-41f7d2c6b8"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
USER, USER_PASSWORD = "rpcuser7351", "rpcpass9462"
ETHERSCAN = "ETHERSCANKEY5550123XYZ"


def spellings(secret):
    plain = secret.encode()
    yield from (plain, plain.upper(), percent(secret, safe="").encode())
    yield plain.hex().encode()
    yield base64.b64encode(plain).rstrip(b"=")
    if len(secret) == 64:
        yield bytes.fromhex(secret)
        yield str(int(secret, 16)).encode()


SECRETS = [
    KEY, OTHER_KEY, PASSWORD, TOKEN, SECOND_TOKEN, JWT, PHRASE, f"{USER}:{USER_PASSWORD}",
    USER_PASSWORD, ETHERSCAN,
]  # fmt: skip
NEEDLES = [(secret, form) for secret in SECRETS for form in spellings(secret)]


def search(where, content):
    for secret, form in NEEDLES:
        assert form not in content, f"{secret[:6]}... stands in {where}"


def search_all(said, folder):
    """What commands said, and every file there is and its name."""
    for arguments, result in said:
        search(f"the output of {arguments}", result.out.encode())
        search(f"the errors of {arguments}", result.err.encode())
    for path in folder.rglob("*"):
        search("the name of a file", str(path).encode())
        if path.is_file():
            search(path, path.read_bytes())


@pytest.fixture
def planted(tmp_path):
    """A collection, an environment full of secrets, and a misbehaving Sepolia."""
    collection = small_collection(tmp_path / "art", "sepolia")
    home = tmp_path / "home"
    save_keystore(key_signer(OTHER_KEY), "artist", home / "keystores", PASSWORD)
    with anvil("--chain-id", "11155111", "--block-time", "0.4") as url, fault_proxy(url) as proxy:
        for key in (KEY, OTHER_KEY):
            rpc(url, "anvil_setBalance", key_signer(key).address, hex(10**19))
        host = proxy.url.removeprefix("http://")
        secret_url = f"http://{USER}:{USER_PASSWORD}@{host}/v2/{TOKEN}?key={TOKEN}"
        env = {
            "SEPOLIA_RPC_URL": f"{secret_url}, {proxy.url}/v3/{SECOND_TOKEN}",
            "NFTFORGE_PRIVATE_KEY": KEY,
            "NFTFORGE_KEYSTORE_PASSWORD": PASSWORD,
            "NFTFORGE_HOME": str(home),
            "ETHERSCAN_API_KEY": ETHERSCAN,
            "ETHERSCAN_URL": f"{proxy.url}/v2/api",
            "SOURCIFY_URL": proxy.url,
            "PATH": f"{anvil_program().parent}:/usr/bin:/bin",
        }
        yield collection, env, proxy


@pytest.mark.timeout(1200)  # two dozen commands
def test_no_secret_is_written_anywhere(planted, tmp_path):
    collection, env, proxy = planted
    said = []

    def run(*arguments, **more):
        result = nftforge(*arguments, env={**env, **more})
        said.append((arguments, result))
        return result

    blocks = [
        ("eth_chainId", http(401, b"bad token")),
        ("eth_call", say(f"invalid project id {SECOND_TOKEN}, or {TOKEN}")),
        ("eth_call", say(f"your key {TOKEN} at {env['SEPOLIA_RPC_URL']} is over its limit")),
        ("eth_sendRawTransaction", accept_then_drop),
        ("eth_estimateGas", http(502, f"<html>{TOKEN}</html>".encode())),
    ]
    proxy.on("eth_chainId", answer("0x1"))
    assert run("run", collection, "--yes").code == 7  # the wrong chain
    for method, fault in blocks:
        proxy.on(method, fault, times=2)
    assert run("run", collection, "--yes", "--debug").code == 0
    assert run("run", collection, "--yes", "--json").json["totals"]["minted"] == 2
    for command in ("plan", "status", "verify", "verify-source"):
        run(command, collection, "--json")
        run(command, collection, "--debug")
    run("run", collection, "--dry-run", "--debug")
    run("doctor")
    run("networks", "--json")
    run("wallet", "address")
    run("freeze", collection, "--yes", "--json", "--debug")
    run("run", collection, "--debug", SEPOLIA_RPC_URL=f"http://127.0.0.1:9/{TOKEN}")
    run("run", collection, "--debug", SEPOLIA_RPC_URL=f"ws://127.0.0.1:9/{TOKEN}")
    run("run", collection, "--debug", NFTFORGE_PRIVATE_KEY=KEY[:-1])
    keystore = {"NFTFORGE_PRIVATE_KEY": "", "NFTFORGE_KEYSTORE": "artist"}
    run("plan", collection, "--debug", **keystore)
    run("plan", collection, "--debug", **keystore, NFTFORGE_KEYSTORE_PASSWORD=PASSWORD + "x")
    for misplaced in (KEY, "0x" + KEY, PHRASE, JWT):  # pasted where it does not belong
        run("plan", collection, "--debug", **{**keystore, "NFTFORGE_KEYSTORE": misplaced})
        run("plan", collection, "--debug", "--json", SEPOLIA_RPC_URL=misplaced)
        run("plan", collection, "--debug", "--network", misplaced)
        run("wallet", "import", misplaced, "--debug", NFTFORGE_HOME=str(tmp_path / "new"))
    assert any(result.code == 0 for _, result in said)
    search_all(said, tmp_path)
    assert any(path.name == "sepolia.jsonl" for path in tmp_path.rglob("*"))
    journal = tmp_path / "art" / ".nftforge" / "journal" / "sepolia.jsonl"
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def repeat(request):
    """A service that puts all it was sent into its complaint."""
    told = f"{request.headers.get('authorization')} {request.path} {dict(request.headers)}"
    return Response(400 if "pins" in request.path else 500, json.dumps({"Message": told}).encode())


@pytest.mark.timeout(900)
def test_services_that_repeat_what_they_were_sent_are_not_quoted_with_secrets(tmp_path):
    path = small_collection(tmp_path / "art")
    assert nftforge("run", path).code == 0
    to = "{to: [pinata, kubo, pinning-service], give_up_s: 1}"
    path.write_text(path.read_text() + f"pin: {to}\n")
    said = []
    with serve(repeat) as url:
        host = url.removeprefix("http://")
        (path.parent / ".env").write_text(f"PINATA_JWT={JWT}\nPINATA_API_URL={url}\n")
        env = {
            "KUBO_RPC_URL": f"http://{USER}:{USER_PASSWORD}@{host}/{SECOND_TOKEN}",
            "PINNING_SERVICE_URL": f"{url}/psa/{SECOND_TOKEN}",
            "PINNING_SERVICE_TOKEN": TOKEN,
        }
        for command in ("plan", "status", "pin", "run", "verify"):
            for more in (("--json",), ("--debug",), ("--json", "--debug")):
                result = nftforge(command, path, *more, env=env, cwd=tmp_path)
                said.append(((command, *more), result))
    quoted = "".join(result.out + result.err for _, result in said)
    for name in ("pinata", "kubo", "pinning-service"):
        assert f"{name} ({url}) " in quoted  # each was asked, and complained
    assert "Bearer ***" in quoted and "Basic ***" in quoted
    search_all(said, tmp_path / "art" / ".nftforge")
