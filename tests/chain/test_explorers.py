"""Publishing sources, against fakes of both services built from their documentation.

The fakes check what is submitted as the services do: Sourcify's answers with job tickets,
Etherscan's with a guid and words; both know what was published before. That the source really
gives the bytes on chain is checked by Sourcify's own library (test_sourcify.py).
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from support import faults
from support.faults import Response

from nftforge.chain.contract import CollectionSpec, deployment_of
from nftforge.chain.explorers import publish_on_etherscan, publish_on_sourcify, source_of
from nftforge.chain.known_contracts import latest
from nftforge.core.errors import MismatchError, ServiceError

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
KEY = "SECRETSECRETSECRET"
SPEC = CollectionSpec("A", "A", ADDRESS, 10, 500, bytes(32))
CREATION = deployment_of(SPEC, bytes(32), 11155111).call.data[32:]
SOURCE = source_of(latest(), 11155111, ADDRESS, CREATION, "0x" + "12" * 32)


class Fake:
    """Answers by a function (method, path, query, body) -> (status, JSON)."""

    def __init__(self, answer):
        self.requests = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self):
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = self.headers.get("Content-Type", "").startswith("application/x-www")
                parsed = parse_qs(body) if form else json.loads(body or "null")
                request = (self.command, parts.path, parse_qs(parts.query), parsed)
                fake.requests.append(request)
                status, reply = answer(*request)
                payload = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = handle_any  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def serve():
    fakes = []

    def start(answer):
        fakes.append(Fake(answer))
        return fakes[-1]

    yield start
    for fake in fakes:
        fake.server.shutdown()
        fake.server.server_close()


def no_sleep(seconds):
    assert seconds > 0


class FakeSourcify:
    """https://docs.sourcify.dev: GET /v2/contract, POST /v2/verify, GET /v2/verify/{ticket}."""

    def __init__(self, match="exact_match", verified=False):
        self.match, self.verified, self.looks = match, verified, 0

    def __call__(self, method, path, query, body):
        place = f"11155111/{ADDRESS}"
        if method == "GET" and path == f"/v2/contract/{place}":
            if self.verified:
                return 200, {"match": self.match, "chainId": "11155111", "address": ADDRESS}
            return 404, {"match": None, "chainId": "11155111", "address": ADDRESS}
        if method == "POST" and path == f"/v2/verify/{place}":
            assert body["contractIdentifier"] == "src/ForgeCollection.sol:ForgeCollection"
            assert body["compilerVersion"].count("+commit.") == 1
            assert "src/ForgeCollection.sol" in body["stdJsonInput"]["sources"]
            assert body["creationTransactionHash"] == "0x" + "12" * 32
            return 202, {"verificationId": "ticket-1"}
        assert (method, path) == ("GET", "/v2/verify/ticket-1")
        self.looks += 1
        if self.looks < 3:
            return 200, {"isJobCompleted": False, "verificationId": "ticket-1"}
        self.verified = self.match is not None
        error = {"customCode": "no_match", "message": "The bytecodes do not match"}
        return 200, {
            "isJobCompleted": True,
            "contract": {"match": self.match},
            **({} if self.match else {"error": error}),
        }


def test_sourcify_is_asked_sent_to_and_asked_until_it_is_done(serve):
    fake = serve(FakeSourcify())
    published = publish_on_sourcify(SOURCE, fake.url, sleep=no_sleep)
    assert (published.match, published.before) == ("exact_match", False)
    again = publish_on_sourcify(SOURCE, fake.url, sleep=no_sleep)
    assert (again.match, again.before) == ("exact_match", True)
    assert [request[0] for request in fake.requests].count("POST") == 1


def test_sourcify_that_finds_no_match_is_a_mismatch(serve):
    with pytest.raises(MismatchError, match="do not match"):
        publish_on_sourcify(SOURCE, serve(FakeSourcify(match=None)).url, sleep=no_sleep)


def test_sourcify_that_was_faster_counts_as_done(serve):
    def answer(method, path, query, body):
        if method == "POST":
            return 409, {"customCode": "already_verified", "message": "already verified"}
        return 404, {"match": None}

    assert publish_on_sourcify(SOURCE, serve(answer).url, sleep=no_sleep).before


@pytest.mark.parametrize("reply", [(500, {"message": "x"}), (200, b"<html>"), (200, [])])
def test_a_service_that_fails_is_a_failed_service(serve, reply):
    with pytest.raises(ServiceError, match="answered HTTP"):
        publish_on_sourcify(SOURCE, serve(lambda *_: reply).url, sleep=no_sleep)


class FakeEtherscan:
    """https://docs.etherscan.io: verifysourcecode gives a guid, checkverifystatus words."""

    def __init__(self):
        self.submitted, self.looks, self.not_indexed = False, 0, 1

    def __call__(self, method, path, query, body):
        assert path == "/v2/api" and query["chainid"] == ["11155111"]
        action = query["action"][0]
        if (body or query).get("apikey") != [KEY]:
            return 200, {"status": "0", "message": "NOTOK", "result": "Invalid API Key"}
        if action == "verifysourcecode":
            assert method == "POST" and body["codeformat"] == ["solidity-standard-json-input"]
            assert body["compilerversion"][0].startswith("v0.8.")
            assert json.loads(body["sourceCode"][0])["language"] == "Solidity"
            code = bytes.fromhex(latest().artifact["bytecode"][2:])
            assert code + bytes.fromhex(body["constructorArguements"][0]) == CREATION
            if self.submitted:
                return 200, {"status": "0", "result": "Contract source code already verified"}
            if self.not_indexed:
                self.not_indexed -= 1
                return 200, {"status": "0", "result": "Unable to locate ContractCode at 0x52"}
            self.submitted = True
            return 200, {"status": "1", "message": "OK", "result": "guid-1"}
        assert action == "checkverifystatus" and query["guid"] == ["guid-1"]
        self.looks += 1
        if self.looks < 3:
            return 200, {"status": "0", "message": "NOTOK", "result": "Pending in queue"}
        return 200, {"status": "1", "message": "OK", "result": "Pass - Verified"}


def test_etherscan_is_sent_to_and_asked_until_it_is_done(serve):
    fake = serve(FakeEtherscan())
    published = publish_on_etherscan(SOURCE, KEY, fake.url + "/v2/api", sleep=no_sleep)
    assert (published.match, published.before) == ("verified", False)
    again = publish_on_etherscan(SOURCE, KEY, fake.url + "/v2/api", sleep=no_sleep)
    assert again.before


@pytest.mark.parametrize("status", [302, 307])
def test_a_key_does_not_follow_a_redirect(status):
    stolen = []

    def thief(request):
        stolen.append(request)
        return Response(200, b'{"status": "1", "result": "guid"}')

    with faults.serve(thief) as elsewhere:
        moved = Response(status, b"{}", {"Location": f"{elsewhere}/api"})
        with (
            faults.serve(lambda request: moved) as url,
            pytest.raises(ServiceError, match=f"HTTP {status}"),
        ):
            publish_on_etherscan(SOURCE, KEY, url, sleep=no_sleep)
    assert not stolen


def test_a_wrong_key_is_told_and_not_shown(serve):
    fake = serve(lambda *_: (200, {"status": "0", "result": f"Invalid API Key {KEY}"}))
    with pytest.raises(ServiceError, match="Invalid API Key") as error:
        publish_on_etherscan(SOURCE, KEY, fake.url + "/v2/api", sleep=no_sleep)
    assert KEY not in str(error.value)


def test_etherscan_that_cannot_verify_is_a_mismatch(serve):
    def answer(method, path, query, body):
        if method == "POST":
            return 200, {"status": "1", "result": "guid"}
        return 200, {"status": "0", "result": "Fail - Unable to verify"}

    with pytest.raises(MismatchError, match="Fail - Unable to verify"):
        publish_on_etherscan(SOURCE, KEY, serve(answer).url + "/v2/api", sleep=no_sleep)


def test_a_service_that_is_not_there_is_told_without_the_key():
    with pytest.raises(ServiceError, match="does not answer") as error:
        publish_on_etherscan(SOURCE, KEY, "http://127.0.0.1:9/v2/api", sleep=no_sleep)
    assert KEY not in str(error.value)


def test_an_answer_nested_without_end_is_nothing_of_use():
    fake = Fake(lambda *request: (200, b"[" * 200_000))
    with pytest.raises(ServiceError, match="nothing of use"):
        publish_on_sourcify(SOURCE, fake.url, sleep=lambda seconds: None)
    fake.server.shutdown()
