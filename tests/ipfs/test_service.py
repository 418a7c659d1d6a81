"""nftforge.ipfs.service: how long it waits, what it follows, what it says."""

from __future__ import annotations

import gzip
import socket
import tracemalloc

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faults import Faults, Response, as_json, serve, status

from nftforge.core.errors import GuardError, ServiceError, ServiceRefusedError
from nftforge.core.retry import Patience
from nftforge.ipfs import redirects
from nftforge.ipfs.service import MAX_ANSWER, Service, said_by


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error": "no"}', "no"),
        (b'{"error": {"reason": "FORBIDDEN", "details": "too much"}}', "FORBIDDEN: too much"),
        (b'{"Message": "not pinned", "Code": 0, "Type": "error"}', "not pinned"),
        (b'{"message": "no"}', "no"),
        (b'["no"]', '["no"]'),
        (b"plain words\nin lines", "plain words in lines"),
        (b"<!DOCTYPE html><p>no", "an HTML page"),
        (b"", "nothing"),
        (b"\x1b[31mred\x07", "[31mred"),
    ],
)
def test_an_error_is_told_in_the_services_own_words(content, said):
    assert said_by(content) == said


@given(st.binary(max_size=300) | st.text().map(str.encode))
def test_any_bytes_are_said_on_one_short_line(content):
    said = said_by(content)
    assert len(said) <= 201 and said.isprintable()


def service(url, **options):
    patience = Patience(first_wait_s=0.01, longest_wait_s=0.05, give_up_s=5)
    return Service("service", url, **{"patience": patience, **options})


def content(answer):
    return answer.content


def test_a_wait_of_nothing_is_no_licence_to_hammer():
    clock = [0.0]

    def sleep(seconds):
        clock[0] += seconds

    faults = Faults(lambda request: Response())
    faults.next("GET", "/", status(429, Retry_After="0"), times=100_000)
    with faults.running() as url:
        patient = service(url, patience=Patience(), clock=lambda: clock[0], sleep=sleep)
        with pytest.raises(ServiceError, match="answered 429; tried"):
            patient.ask("GET", "/", content)
    assert len(faults.seen) < 30 and clock[0] <= 300


def test_a_key_does_not_follow_a_redirect():
    stolen = []

    def thief(request):
        stolen.append(request)
        return Response()

    with (
        serve(thief) as elsewhere,
        serve(status_of(302, elsewhere)) as url,
        pytest.raises(ServiceRefusedError, match=f"it is at {elsewhere} now"),
    ):
        service(url, secret="s3cret").ask("GET", "/", content)
    assert not stolen


def test_a_key_is_not_sent_to_a_host_that_an_answer_names():
    stolen = []
    with (
        serve(lambda request: stolen.append(request) or Response()) as elsewhere,
        serve(lambda request: Response(200, b"there")) as url,
    ):
        asked = service(url, secret="s3cret", also=["https://uploads.example"])
        assert asked.ask("GET", f"{url}/there", content) == b"there"
        with pytest.raises(GuardError, match=f"the key is not sent to {elsewhere}"):
            asked.ask("GET", f"{elsewhere}/there", content)
    assert not stolen


def test_a_part_of_the_address_that_is_a_key_is_not_told():
    key = "4f9a8b7c6d5e4f3a"
    with (
        serve(lambda request: Response(403, f"no such project: {key}".encode())) as url,
        pytest.raises(ServiceRefusedError) as refused,
    ):
        service(f"{url}/v3/{key}").ask("GET", "/", content)
    assert key not in str(refused.value) and "no such project" in str(refused.value)


@pytest.mark.parametrize("code", [200, 403, 500])
def test_a_secret_is_not_told_in_part_where_long_words_are_cut(code):
    key = "4f9a8b7c6d5e4f3a-s3cr3t"
    words = f"{'x' * 188} {key}".encode()

    def parse(answer):
        return answer.json()

    with (
        serve(lambda request: Response(code, words)) as url,
        pytest.raises(ServiceError) as error,
    ):
        service(url, secret=key).ask("GET", "/", parse)
    assert "xxx" in str(error.value) and key[:6] not in str(error.value)


def status_of(code, location):
    return lambda request: Response(code, headers={"Location": f"{location}/there?key=x"})


def test_a_gateway_may_send_us_elsewhere_on_the_same_host():
    def answer(request):
        return Response(200, b"there") if "/there" in request.path else status_of(301, "")(request)

    with serve(answer) as url:
        assert service(url, follow=True).ask("GET", "/", content) == b"there"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_gateway_cannot_send_us_to_what_only_this_machine_reaches(code):
    asked = []

    def inner(request):
        asked.append(request)
        return Response(200, b"secret")

    with (
        serve(inner) as private,
        serve(status_of(code, private)) as url,
        pytest.raises(ServiceError, match=f"leads to {private}, which only this machine can reach"),
    ):
        service(url, follow=True).ask("GET", "/", content)
    assert not asked


def test_a_gateway_that_leads_on_for_ever_is_left():
    with (
        serve(status_of(302, "")) as url,
        pytest.raises(ServiceError, match="led on more than 5 times"),
    ):
        service(url, follow=True).ask("GET", "/", content)


PUBLIC = "https://gateway.example"
NAMES = {
    "gateway.example": "93.184.215.14", "bafy.ipfs.gateway.example": "93.184.215.15",
    "inner.gateway.example": "169.254.169.254", "inner.elsewhere.example": "10.0.0.1",
    "bafy.ipfs.localhost": "127.0.0.1",
}  # fmt: skip
REAL = socket.getaddrinfo


def look_up(host, *rest, **options):
    return REAL(NAMES.get(host, host), *rest, **options)


@pytest.mark.parametrize(
    ("origin", "target", "allowed"),
    [
        (PUBLIC, "https://93.184.215.14/", True),
        (PUBLIC, "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", True),
        (PUBLIC, "https://bafy.ipfs.gateway.example/", True),
        (PUBLIC, "https://inner.gateway.example/", False),  # see NAMES
        (PUBLIC, "https://inner.elsewhere.example/", False),
        (PUBLIC, "https://[64:ff9b::5db8:d70e]/", True),
        (PUBLIC, "http://[64:ff9b::7f00:1]/", False),
        (PUBLIC, "http://[64:ff9b::a9fe:a9fe]/latest/meta-data", False),
        (PUBLIC, "http://[64:ff9b:1::7f00:1]/", False),
        (PUBLIC, "http://[2002:7f00:1::]/", False),
        (PUBLIC, "http://[2002:a00:1::1]:8545/", False),
        (PUBLIC, "http://[2001:0:7f00:1::1]/", False),
        (PUBLIC, "http://[::127.0.0.1]/", False),
        (PUBLIC, "http://[ff02::1]/", False),
        (PUBLIC, "http://224.0.0.1/", False),
        (PUBLIC, "http://240.0.0.1/", False),
        (PUBLIC, "http://a..b/", False),
        (PUBLIC, f"http://{'a' * 64}.com/", False),
        (PUBLIC, "http://127.0.0.1/", False),
        (PUBLIC, "http://127.1/", False),
        (PUBLIC, "http://2130706433/", False),
        (PUBLIC, "http://0x7f000001/", False),
        (PUBLIC, "http://0.0.0.0:8545/", False),
        (PUBLIC, "http://[::1]:5001/", False),
        (PUBLIC, "http://[::ffff:127.0.0.1]/", False),
        (PUBLIC, "http://[::ffff:10.0.0.1]/", False),
        (PUBLIC, "http://[fe80::1]/", False),
        (PUBLIC, "http://[fd00::1]/", False),
        (PUBLIC, "http://10.0.0.1/", False),
        (PUBLIC, "http://172.16.0.1/", False),
        (PUBLIC, "http://192.168.1.1/", False),
        (PUBLIC, "http://100.64.0.1/", False),
        (PUBLIC, "http://169.254.169.254/latest/meta-data", False),
        (PUBLIC, "http://localhost:5001/", False),
        (PUBLIC, "ftp://93.184.215.14/", False),
        (PUBLIC, "file:///etc/passwd", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/ipfs/x", True),
        ("http://127.0.0.1:8080", "http://127.0.0.1:5001/api", False),
        ("http://localhost:8080", "http://bafy.ipfs.localhost:8080/", True),
        ("http://localhost:8080", "http://evil-localhost:8080/", True),  # it is no name here
        ("http://127.0.0.1:8080", "https://93.184.215.14/", True),
    ],
)
def test_where_a_redirect_may_lead(origin, target, allowed, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert (redirects.refusal(httpx.URL(origin), httpx.URL(target)) == "") is allowed


@pytest.mark.parametrize("code", [300, 302, 305])
@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize(
    "location",
    [
        "http://[bad", "http://a\u2100b/", "http://a..b/", f"http://{'a' * 300}.com/",
        "http://xn--\u00e9.com/", "http://a:99999999/", "http:///x", "//", "\x1b[2J", "",
    ],
)  # fmt: skip
def test_a_location_that_is_no_address_is_an_error_of_the_service(location, follow, code):
    headers = {"Location": location.encode().decode("latin-1")}
    quick = Patience(first_wait_s=0.01, longest_wait_s=0.01, give_up_s=0.05)
    with (
        serve(lambda request: Response(code, headers=headers)) as url,
        pytest.raises(ServiceError) as error,
    ):
        service(url, follow=follow, patience=quick).ask("GET", "/", content)
    assert "service" in str(error.value)


def test_an_address_from_an_answer_that_is_none_is_not_asked():
    for url in ("http://[bad", "http://a..b/", "http://a\u2100b/"):
        with pytest.raises(ServiceError, match="which is no address"):
            service("http://127.0.0.1:9").ask("GET", url, content)


@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip"])
def test_a_little_that_unpacks_to_gigabytes_is_refused_in_little_memory(packing):
    bomb = gzip.compress(bytes(256 << 20), 9)
    packed = Response(200, bomb, {"Content-Encoding": packing})
    quick = Patience(first_wait_s=0.01, longest_wait_s=0.01, give_up_s=0.05)
    tracemalloc.start()
    try:
        with serve(lambda request: packed) as url, pytest.raises(ServiceError):
            service(url, patience=quick).ask("GET", "/", content)
        assert tracemalloc.get_traced_memory()[1] < 5 * MAX_ANSWER  # of 8
    finally:
        tracemalloc.stop()


def test_a_packed_answer_is_unpacked():
    packed = Response(200, gzip.compress(b"fine"), {"Content-Encoding": "gzip"})
    seen = []
    with serve(lambda request: seen.append(request) or packed) as url:
        assert service(url).ask("GET", "/", content) == b"fine"
    assert seen[0].headers["accept-encoding"] == "gzip"


def test_an_odd_wait_is_no_error_of_ours():
    late = {"Retry-After": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}
    faults = Faults(lambda request: Response(200, b"fine"))
    faults.next("GET", "/", lambda exchange: Response(503, headers=late))
    with faults.running() as url:
        assert service(url).ask("GET", "/", content) == b"fine"


def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serve(lambda request: as_json({"ok": True})) as url:
        assert service(url).ask("GET", "/", lambda answer: answer.json()) == {"ok": True}


def test_an_answer_that_claims_to_be_compressed_and_is_not_is_a_fault():
    faults = Faults(lambda request: Response(200, b"fine"))
    faults.next("GET", "/", status(200, b"not gzip", Content_Encoding="gzip"))
    with faults.running() as url:
        assert service(url).ask("GET", "/", content) == b"fine"
