"""A collection travels with its art, and must not decide where its reader's credentials go.

A thief listens on this machine; the collection file, or what came in its folder, names the thief.
Not one request may reach it, whatever the command.
"""

from __future__ import annotations

import shutil
from itertools import product

import pytest
from support import nftforge, small_collection
from support.fake_pinata import jwt
from support.faults import Response, serve

JWT = jwt() + "-s3cr3t-signature"
TOKEN = "tok-s3cr3t-5f1e0c77"
ELSEWHERE = "https://elsewhere.example"
COMMANDS = ("pin", "run", "verify", "update")

# back-end, its section, its secret, the variable that may name its host
WAYS = {
    "pinata": ("pinata: {{api_url: '{}'}}", "PINATA_JWT", "PINATA_API_URL"),
    "pinata's uploads": ("pinata: {{uploads_url: '{}'}}", "PINATA_JWT", "PINATA_UPLOADS_URL"),
    "kubo": ("kubo: {{url: '{}'}}", "KUBO_RPC_TOKEN", "KUBO_RPC_URL"),
    "pinning-service": (
        "pinning_service: {{url: '{}'}}", "PINNING_SERVICE_TOKEN", "PINNING_SERVICE_URL",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A small collection, ready to be pinned; tests take copies."""
    path = small_collection(tmp_path_factory.mktemp("rendered"))
    assert nftforge("run", path).code == 0
    return path.parent


@pytest.fixture
def path(rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / "art")
    return tmp_path / "art" / "collection.yaml"


@pytest.fixture
def thief():
    """(its address, what it received)"""
    received = []

    def answer(request):
        received.append(request)
        return Response(200, b"{}")

    with serve(answer) as url:
        yield url, received


def asks_for(path, way, url):
    """`path`, with a back-end at `url`; the line that names it."""
    name, section = way.partition("'")[0], WAYS[way][0].format(url)
    text = f"{path.read_text()}pin:\n  to: [{name}]\n  give_up_s: 1\n  {section}\n"
    path.write_text(text)
    return text.count("\n")


@pytest.mark.parametrize(
    ("command", "way"), [*product(("plan", "status"), WAYS), *product(COMMANDS, ["kubo"])]
)
def test_a_secret_goes_to_no_host_that_only_the_collection_file_names(path, thief, way, command):
    url, received = thief
    line = asks_for(path, way, url)
    _, secret, variable = WAYS[way]
    result = nftforge(command, path, "--json", env={secret: JWT if "JWT" in secret else TOKEN})
    assert not received
    assert result.code == 2
    fact, hint = result.json["error"]["fact"], result.json["error"]["hint"]
    assert fact.startswith(f"{path}:{line}: pin.") and url in fact and secret in fact
    assert f"{variable}={url}" in hint
    assert "paint one" not in result.err  # said before any work
    assert "s3cr3t" not in result.out + result.err


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_the_environment_names_may_have_the_secret(path, thief, way):
    url, received = thief
    asks_for(path, way, ELSEWHERE)
    _, secret, variable = WAYS[way]
    env = {secret: JWT if "JWT" in secret else TOKEN, variable: url}
    both = {"PINATA_API_URL": url, "PINATA_UPLOADS_URL": url} if "pinata" in way else {}
    result = nftforge("pin", path, "--json", env={**env, **both})
    assert result.code == 4  # what listens there is no such service
    assert {request.headers["authorization"] for request in received} == {f"Bearer {env[secret]}"}


def test_the_file_may_name_a_node_that_needs_no_secret(path, thief):
    url, received = thief
    asks_for(path, "kubo", url)
    assert nftforge("plan", path, "--json").code == 0
    assert received and not any("authorization" in request.headers for request in received)


def test_a_token_for_kubo_goes_nowhere_until_its_address_is_known(path):
    path.write_text(path.read_text() + "pin: {to: [kubo], give_up_s: 1}\n")
    result = nftforge("plan", path, "--json", env={"KUBO_RPC_TOKEN": TOKEN})
    assert result.code == 2 and "KUBO_RPC_URL=" in result.json["error"]["hint"]
    car = path.parent / ".nftforge" / "ipfs" / "collection.car"
    repin = nftforge("pin", "--from", car, "--to", "kubo", env={"KUBO_RPC_TOKEN": TOKEN})
    assert repin.code == 2 and "KUBO_RPC_URL=" in repin.err


@pytest.mark.parametrize("way", WAYS)
def test_a_backup_is_not_sent_where_only_the_collection_file_says(path, thief, way):
    url, received = thief
    line = asks_for(path, way, url)
    secret = WAYS[way][1]
    car = path.parent / ".nftforge" / "ipfs" / "collection.car"
    env = {secret: JWT if "JWT" in secret else TOKEN}
    result = nftforge("pin", path, "--from", car, "--json", env=env)
    assert not received and result.code == 2
    assert f"{path}:{line}: " in result.json["error"]["fact"]


@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_dotenv_that_came_with_the_art_names_no_host_for_a_secret_of_ours(
    path, thief, tmp_path, way, here
):
    url, received = thief
    asks_for(path, way, ELSEWHERE)
    _, secret, variable = WAYS[way]
    value = JWT if "JWT" in secret else TOKEN
    (path.parent / ".env").write_text(f"{variable}={url}\n")
    if here:  # the secret is ours, in the environment; we stand in the folder
        result = nftforge("plan", path, "--json", env={secret: value}, cwd=path.parent)
    else:  # it is in a .env of ours
        (tmp_path / ".env").write_text(f"{secret}={value}\n")
        result = nftforge("plan", path, "--json", cwd=tmp_path)
    assert not received
    assert result.code == 2
    fact = result.json["error"]["fact"]
    assert variable in fact and secret in fact and ".env" in fact
    assert "s3cr3t" not in result.out + result.err


def test_a_dotenv_may_name_the_host_of_a_secret_of_its_own(path, thief, tmp_path):
    url, received = thief
    asks_for(path, "pinning-service", ELSEWHERE)
    (path.parent / ".env").write_text(f"PINNING_SERVICE_URL={url}\nPINNING_SERVICE_TOKEN={TOKEN}\n")
    nftforge("plan", path, "--json", cwd=tmp_path)
    assert {request.headers["authorization"] for request in received} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_does_not_carry_a_secret_to_another_host(path, thief, way):
    url, received = thief
    asks_for(path, way, ELSEWHERE)
    _, secret, _ = WAYS[way]
    moved = Response(307, headers={"Location": f"{url}/there"})
    with serve(lambda request: moved) as ours:
        env = {"PINATA_API_URL": ours, "PINATA_UPLOADS_URL": ours, "KUBO_RPC_URL": ours}
        env |= {"PINNING_SERVICE_URL": ours, secret: JWT if "JWT" in secret else TOKEN}
        result = nftforge("pin", path, "--json", env=env)
    assert not received
    assert result.code == 4 and f"it is at {url} now" in result.json["error"]["fact"]
