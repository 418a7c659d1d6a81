"""nftforge.cli.redaction: secrets in the wrong place, pasted by mistake, are not echoed.

Each command is run with a secret where people really put it; what it says is searched for every
part of it. tests/cli/test_secrets.py does the same along a whole run.
"""

from __future__ import annotations

import subprocess
import sys
import traceback

import pytest
from support import nftforge, small_collection
from support.anvil import anvil

from nftforge.cli import redaction
from nftforge.cli.redaction import redacted

KEY = "91e5c7d2a4b6f8031726354c5d6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f90"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZXMiOltdfQ.c2lnbmF0dXJl"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"


def silent_about(result, *secrets):
    said = result.out + result.err
    assert said.strip()
    for secret in secrets:
        assert secret.lower() not in said.lower(), said


@pytest.fixture
def path(tmp_path):
    return small_collection(tmp_path / "art", "sepolia")


@pytest.fixture(scope="module")
def node():
    """One that answers: of one that does not we would hear no more than that, and late."""
    with anvil("--chain-id", "11155111") as url:
        yield url


LEDGER = "NFTFORGE_LEDGER"
VARIABLES = (
    "NFTFORGE_KEYSTORE", LEDGER, "NFTFORGE_KEYSTORE_PASSWORD_FILE", "SEPOLIA_RPC_URL",
    "NFTFORGE_DEVICE", "NFTFORGE_THREADS", "KUBO_RPC_URL", "PINATA_API_URL", "PRIVATE_KEY",
)  # fmt: skip


@pytest.mark.anvil
@pytest.mark.parametrize(
    ("variable", "secret"),
    [*((each, "0x" + KEY) for each in VARIABLES), ("NFTFORGE_KEYSTORE", PHRASE), (LEDGER, JWT)],
)
def test_a_key_in_the_wrong_variable_is_not_echoed(path, node, variable, secret):
    path.write_text(path.read_text() + "pin: {to: [kubo, pinata], give_up_s: 1}\n")
    env = {"SEPOLIA_RPC_URL": node, "PINATA_JWT": "x.y.z"}
    env |= {"KUBO_RPC_URL": "http://127.0.0.1:9", "PINATA_API_URL": "http://127.0.0.1:9"}
    env |= {"NFTFORGE_KEYSTORE_PASSWORD_FILE": "nothing"} | {variable: secret}
    if variable == LEDGER:
        env["NFTFORGE_KEYSTORE"] = ""
    result = nftforge("run", path, "--yes", "--debug", "--json", env=env)
    assert result.code in (2, 3, 4)
    silent_about(result, secret, secret[2:], " ".join(PHRASE.split()[:4]))


ARGUMENTS = (
    ("wallet", "import", KEY),
    ("wallet", "new", KEY),
    ("wallet", "new", "0x" + KEY),
    ("wallet", "address", KEY),
    ("wallet", "import", *PHRASE.split()),
    ("wallet", "import", "me", PHRASE),
    ("wallet", "ledger", KEY),
    ("run", KEY),
    ("run", "collection.yaml", KEY),
    ("run", "collection.yaml", f"--key={KEY}"),
    ("plan", "collection.yaml", "--network", KEY),
    ("plan", "collection.yaml", "--only", KEY),
    ("run", "collection.yaml", "--until", KEY),
    ("pin", "--from", KEY),
    ("pin", "collection.yaml", f"PINATA_JWT={JWT}"),
    ("verify", "--contract", KEY, "--network", "sepolia"),
    ("verify", "collection.yaml", "--gateway", f"ftp://me:{KEY[:20]}@gateway.example"),
    ("cid", KEY),
    (KEY,),
    (PHRASE,),
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_key_among_the_arguments_is_not_echoed(path, tmp_path, arguments):
    env = {"NFTFORGE_HOME": str(tmp_path / "home"), "NFTFORGE_KEYSTORE_PASSWORD": "pass-word-1"}
    env["SEPOLIA_RPC_URL"] = "http://127.0.0.1:9"
    result = nftforge(*arguments, "--debug", env=env, cwd=path.parent)
    assert result.code in (2, 3, 4)
    silent_about(result, KEY, KEY[:20], JWT, " ".join(PHRASE.split()[:4]))
    written = [str(file) for file in tmp_path.rglob("*")]
    assert not any(KEY in name for name in written)


@pytest.mark.parametrize(
    "line",
    [
        f"mint: {{network: sepolia, to: '0x{KEY}'}}",
        f"mint: {{network: '{KEY}'}}",
        f"contract: {{address: '{KEY}'}}",
        f"key: '{KEY}'",
        f"'{KEY}': 1",
        f"pin: {{to: ['{KEY}']}}",
        f"paint: {{brush: '{KEY}'}}",
        f"pin: {{to: [pinata], pinata: {{jwt: {JWT}}}}}",
        f"symbol: {PHRASE}",
    ],
)
def test_a_key_in_the_collection_file_is_not_echoed(path, line):
    key = line.partition(":")[0]
    kept = [each for each in path.read_text().splitlines() if not each.startswith(key)]
    path.write_text("\n".join([*kept, line]) + "\n")
    result = nftforge("plan", path, "--json", "--debug")
    assert result.code == 2
    silent_about(result, KEY, JWT, PHRASE)


def test_what_stands_in_the_dotenv_beside_the_collection_is_known_wherever_we_are(path, tmp_path):
    (path.parent / ".env").write_text(f"NFTFORGE_PRIVATE_KEY={KEY}\nMY_TOKEN=tok-1f0c9b\n")
    text = path.read_text()
    path.write_text(text.replace("name: Small", f"name: Small\nnickname: {KEY}-tok-1f0c9b"))
    result = nftforge("plan", path, "--json", "--debug", cwd=tmp_path)
    assert result.code == 2
    path.write_text(text + "pin: {to: [tok-1f0c9b]}\n")
    again = nftforge("plan", path, "--json", "--debug", cwd=tmp_path)
    assert again.code == 2 and "'<MY_TOKEN>'" in again.json["error"]["fact"]
    for each in (result, again):
        silent_about(each, KEY, "tok-1f0c9b")


def test_a_dotenv_does_not_put_other_secrets_into_an_address(path, tmp_path):
    (path.parent / ".env").write_text("SEPOLIA_RPC_URL=http://127.0.0.1:9/${NFTFORGE_PRIVATE_KEY}")
    read = "import sys; from pathlib import Path; from nftforge.cli.dotenv import read_environment;"
    read += f"print(read_environment(Path({str(path.parent)!r}))['SEPOLIA_RPC_URL'])"
    env = {"NFTFORGE_PRIVATE_KEY": KEY}
    done = subprocess.run([sys.executable, "-c", read], env=env, capture_output=True, text=True)
    assert done.stdout == "http://127.0.0.1:9/${NFTFORGE_PRIVATE_KEY}\n"


# --- in this process ----------------------------------------------------------------------------


@pytest.fixture
def learnt(monkeypatch):
    monkeypatch.setattr(redaction, "_known", {})
    monkeypatch.setattr(redaction, "_redactor", redaction._redactor)
    return lambda variables: redaction.learn(variables.items())


def test_each_address_of_a_list_is_a_secret_and_so_is_its_key(learnt):
    first, second = "https://a.example/v3/4f9a8b7c6d5e", "https://b.example/rpc?key=91e5c7d2"
    learnt({"SEPOLIA_RPC_URL": f"{first}, {second}"})
    for secret in (first, second, "4f9a8b7c6d5e", "91e5c7d2"):
        assert redacted(f"at {secret}!") == "at <SEPOLIA_RPC_URL>!"
    assert redacted("a.example and b.example") == "a.example and b.example"


def test_an_address_that_is_not_ours_says_nothing_of_a_secret(learnt):
    learnt({"PROJECT_URL": "https://code.example/me/summer-2024", "PATH": "/opt/summer-2024"})
    assert redacted("summer-2024") == "summer-2024"


def test_a_document_loses_secrets_and_keeps_its_keys(learnt):
    learnt({"NFTFORGE_KEYSTORE_PASSWORD": "contract"})
    document = {"contract": "contract", "rows": [{"contract": 1, "why": ("contract",)}]}
    kept = redaction.redacted_document(document)
    assert set(kept) == {"contract", "rows"} and kept["rows"][0]["contract"] == 1
    assert kept["contract"] == kept["rows"][0]["why"][0] == "<NFTFORGE_KEYSTORE_PASSWORD>"


@pytest.mark.parametrize(
    "text", [PHRASE, f"Got unexpected extra arguments ({PHRASE})", PHRASE.replace(" ", "\n")]
)
def test_a_seed_phrase_is_known_by_its_words(text):
    assert "sausage" not in redacted(text) and "12 words" in redacted(text)


def test_a_sentence_is_no_seed_phrase():
    text = "finished work stays where that command kept those files until someone calls again"
    assert redacted(text) == text


def test_tracebacks_and_libraries_pass_the_same_guard(learnt, capsys, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "tok-1f0c9b")
    monkeypatch.setattr(sys, "argv", ["nftforge"])
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    redaction.guard_streams()
    try:
        raise ValueError("no tok-1f0c9b here")
    except ValueError:
        traceback.print_exc()
    sys.stderr.writelines(["one tok-1f0c9b\n"])
    print("and tok-1f0c9b")
    out, err = capsys.readouterr()
    assert "tok-1f0c9b" not in out + err
    assert out == "and <SOME_TOKEN>\n" and "<SOME_TOKEN> here" in err and "one <SOME_TOKEN>" in err
