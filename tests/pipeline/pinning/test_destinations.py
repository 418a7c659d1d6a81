"""nftforge.pipeline.pinning.destinations: which host may have which secret."""

from __future__ import annotations

import pytest

from nftforge.config.models import Kubo, Pin, Pinata, PinningService
from nftforge.core.errors import ConfigError
from nftforge.pipeline.pinning.destinations import ACCESS, SECRET_OF, addresses, safe_url

MINE = "https://pins.example:8443/psa"
SECRETS = {access.secret: "s3cr3t" for access in ACCESS.values()}


def pin(url):
    return Pin(
        kubo=Kubo(url=url),
        pinata=Pinata(api_url=url, uploads_url=url),
        pinning_service=PinningService(url=url),
    )


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize(
    "url",
    [
        "https://pins.example/psa",  # another port
        "http://pins.example:8443/psa",  # anybody on the way could read it
        "https://pins.example.evil.example:8443/psa",
        "https://api.pinata.cloud.evil.example",
        "http://127.0.0.1:5001",
    ],
)
def test_almost_the_same_host_is_another(name, url):
    # the variable of another back-end names it, and does not count
    mine = ACCESS[name].secret
    other = {variable: url for variable, secret in SECRET_OF.items() if secret != mine}
    with pytest.raises(ConfigError, match="would be sent to") as refused:
        addresses(name, pin(url), {**SECRETS, **other})
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("name", ACCESS)
def test_what_a_variable_names_takes_the_place_of_what_the_file_says(name):
    mine = {address.variable: f" {MINE} " for address in ACCESS[name].addresses}
    assert set(addresses(name, pin("https://evil.example"), {**SECRETS, **mine})) == {MINE}


@pytest.mark.parametrize("name", ACCESS)
def test_without_a_secret_the_file_may_say_where(name):
    for env in ({}, {ACCESS[name].secret: "  "}):
        assert set(addresses(name, pin(MINE), env)) == {MINE}


def test_pinatas_own_hosts_are_known_and_get_its_key_alone():
    own = Pin(to=("pinata",))
    assert addresses("pinata", own, SECRETS) == [own.pinata.api_url, own.pinata.uploads_url]
    for name in ("kubo", "pinning-service"):
        with pytest.raises(ConfigError, match=r"would be sent to https://api\.pinata\.cloud"):
            addresses(name, pin("https://api.pinata.cloud"), SECRETS)


@pytest.mark.parametrize("url", ["ftp://x.example", "x.example", "https://x.example:99999999", ""])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ConfigError, match=r"kubo: .*https?://.*\n  mend KUBO_RPC_URL in .env"):
        safe_url(url, None, "kubo")


def test_a_secret_goes_over_plain_http_to_this_machine_only():
    assert safe_url("http://127.0.0.1:5001", "s3cr3t", "kubo")
    assert safe_url("http://node.example", None, "kubo")
    with pytest.raises(ConfigError, match="anyone on the way could read the key"):
        safe_url("http://node.example", "s3cr3t", "kubo")
