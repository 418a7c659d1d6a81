"""Publishing the contract's source, so that explorers show it beside the address.

What is submitted is the committed standard-JSON input, with which anyone gets the deployed bytes.
Both services work in two steps (submit, then ask until done) and both say in words of their own
that it was done before, which is success. Sources: https://docs.sourcify.dev (API v2),
https://docs.etherscan.io/contract-verification/verify-with-api (V2: one key, `chainid` chooses).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from nftforge.chain.known_contracts import KnownContract
from nftforge.core.errors import BadAnswerError, MismatchError, ServiceError
from nftforge.core.exchange import ACCEPT_ENCODING, Heard, whole_body, within
from nftforge.core.retry import Patience, Sleep, attempts

SOURCIFY = "https://sourcify.dev/server"
ETHERSCAN = "https://api.etherscan.io/v2/api"
PATIENCE = Patience(first_wait_s=2, longest_wait_s=15, give_up_s=180, growth=1.5, jitter=0)
TIMEOUT_S = 60.0
MAX_BYTES = 32 << 20  # of an answer

T = TypeVar("T")


@dataclass(frozen=True)
class ContractSource:
    """What a service needs to compile the contract at `address` again."""

    chain_id: int
    address: str
    standard_json: Mapping[str, Any]
    compiler: str  # 0.8.37+commit.f401782d
    contract: str  # src/ForgeCollection.sol:ForgeCollection
    arguments: bytes  # of the constructor; empty if they are not known
    deployed_by: str | None  # the transaction


@dataclass(frozen=True)
class Published:
    service: str
    match: str  # "exact_match", "match" (all but the metadata hash), "verified"
    before: bool  # it was published before
    url: str


def source_of(
    known: KnownContract, chain_id: int, address: str, creation: bytes, deployed_by: str | None
) -> ContractSource:
    """The source of the version at `address`; `creation`: the init code it was made by, if known"""
    name, code = known.artifact["contract"], known.init_code
    return ContractSource(
        chain_id=chain_id,
        address=address,
        standard_json=known.standard_json,
        compiler=".".join(known.artifact["compiler"].split(".")[:4]),
        contract=f"src/{name}.sol:{name}",
        arguments=creation[len(code) :] if creation.startswith(code) else b"",
        deployed_by=deployed_by,
    )


def publish_on_sourcify(
    source: ContractSource, base: str = SOURCIFY, *, sleep: Sleep = time.sleep
) -> Published:
    """Raises MismatchError if the source does not give the bytes on chain, ServiceError."""
    place = f"{source.chain_id}/{source.address}"
    page = f"https://repo.sourcify.dev/{place}"
    status, found = _ask("GET", f"{base}/v2/contract/{place}")
    if status == 200 and found.get("match"):
        return Published("sourcify", str(found["match"]), True, page)
    body: dict[str, Any] = {
        "stdJsonInput": source.standard_json,
        "compilerVersion": source.compiler,
        "contractIdentifier": source.contract,
    }
    if source.deployed_by:
        body["creationTransactionHash"] = source.deployed_by
    status, found = _ask("POST", f"{base}/v2/verify/{place}", json=body)
    if status == 409 and found.get("customCode") == "already_verified":
        return Published("sourcify", "match", True, page)
    if "verificationId" not in found:
        raise ServiceError(f"Sourcify answered: {found.get('message') or f'HTTP {status}'}")
    ticket = f"{base}/v2/verify/{found['verificationId']}"

    def done() -> Published | None:
        _, job = _ask("GET", ticket)
        if not job.get("isJobCompleted"):
            return None
        match = (job.get("contract") or {}).get("match")
        if not match:
            said = (job.get("error") or {}).get("message", "no match")
            raise MismatchError(f"Sourcify: the source does not give {source.address}: {said}")
        return Published("sourcify", str(match), False, page)

    return _wait("Sourcify", done, sleep)


def publish_on_etherscan(
    source: ContractSource, key: str, base: str = ETHERSCAN, *, sleep: Sleep = time.sleep
) -> Published:
    """Raises MismatchError if the source does not give the bytes on chain, ServiceError."""
    query = {"chainid": str(source.chain_id), "module": "contract"}
    arguments = source.arguments.hex()
    form = {
        "apikey": key,
        "contractaddress": source.address,
        "sourceCode": json.dumps(source.standard_json),
        "codeformat": "solidity-standard-json-input",
        "contractname": source.contract,
        "compilerversion": f"v{source.compiler}",
        "constructorArguements": arguments,  # as their API has spelt it for years
        "constructorArguments": arguments,  # as their documentation spells it now
    }

    def send() -> str | Published | None:
        _, found = _ask("POST", base, params={**query, "action": "verifysourcecode"}, data=form)
        said = str(found.get("result", ""))
        if "already verified" in said.lower():
            return Published("etherscan", "verified", True, "")
        if found.get("status") == "1":
            return said
        if "rate limit" in said.lower() or "unable to locate contractcode" in said.lower():
            return None  # not indexed yet
        raise ServiceError(f"Etherscan answered: {said.replace(key, '<key>')[:300]}")

    guid = _wait("Etherscan", send, sleep)
    if isinstance(guid, Published):
        return guid

    def done() -> Published | None:
        params = {**query, "action": "checkverifystatus", "guid": str(guid), "apikey": key}
        _, found = _ask("GET", base, params=params)
        said = str(found.get("result", ""))
        if "pending" in said.lower() or "rate limit" in said.lower():
            return None
        if found.get("status") == "1" or "already verified" in said.lower():
            return Published("etherscan", "verified", "already" in said.lower(), "")
        raise MismatchError(f"Etherscan: {source.address}: {said.replace(key, '<key>')[:300]}")

    return _wait("Etherscan", done, sleep)


def _wait(service: str, ask: Callable[[], T | None], sleep: Sleep) -> T:
    for _ in attempts(PATIENCE, sleep=sleep):
        answer = ask()
        if answer is not None:
            return answer
    raise ServiceError(
        f"{service} has not finished after {PATIENCE.give_up_s:.0f} s",
        hint="run the same command again later: what is done is found",
    )


def _ask(method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """(status, JSON object). Raises ServiceError; never with the URL, whose query holds a key.

    Redirects are not followed: a 307 would take the key to another host.
    """
    host = url.split("/")[2]

    def exchange(heard: Heard) -> tuple[int, bytes]:
        packing = {"Accept-Encoding": ACCEPT_ENCODING}
        with httpx.stream(method, url, timeout=TIMEOUT_S, headers=packing, **options) as reply:
            encoding = reply.headers.get("content-encoding")
            return reply.status_code, whole_body(reply.iter_raw(), encoding, MAX_BYTES, heard)

    try:
        status, body = within(TIMEOUT_S, exchange, host)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, BadAnswerError) as error:
        raise ServiceError(f"{host} does not answer ({type(error).__name__})") from None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or status >= 500 or 300 <= status < 400:
        raise ServiceError(f"{host} answered HTTP {status} and nothing of use")
    return status, answer
