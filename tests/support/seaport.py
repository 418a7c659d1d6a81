"""Seaport 1.6 at its own address, OpenSea's conduit at its own, and WETH: on Anvil, really made.

Seaport is deployed as everywhere: its constructor runs on the chain, from the canonical factory's
address with the canonical salt, which gives the canonical address. At the factory's address stands
the code of the CREATE2 proxy, which does the same. The conduit, its controller and WETH are put
there with their storage, as the real ones have it after `createConduit` and `updateChannel`
(seaport.json says what they are). `scripts/build-seaport` makes seaport.json.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from eth_utils import keccak, to_checksum_address

from nftforge.chain import embedded
from nftforge.chain.connection import connect
from nftforge.chain.networks import CREATE2_PROXY_CODE, find_network
from nftforge.chain.pricing import Call, quote
from nftforge.chain.transactions import confirm, sign
from nftforge.chain.wallet import dev_signer
from nftforge.market.addresses import (
    CONDUIT_CONTROLLER,
    OPENSEA_CONDUIT_KEY,
    SEAPORT,
    WETH,
    conduit,
)
from support.anvil import rpc

CODE = json.loads(Path(__file__).with_suffix(".json").read_text())
FACTORY = "0x0000000000FFe8B47B3e2130213B802212439497"
SALT = bytes.fromhex("0000000000000000000000000000000000000000d738b7f0bb99901b1c83f249")
DEPLOYMENT = Call(FACTORY, SALT + bytes.fromhex(CODE["seaport_init_code"][2:]))
OPENSEA_CONDUIT = conduit(OPENSEA_CONDUIT_KEY)
SOMEBODY = "0x" + "5e" * 20


def canonical_address() -> str:
    """Where the factory puts what seaport.json holds, by the salt (EIP-1014)."""
    preimage = b"\xff" + _raw(FACTORY) + SALT + keccak(hexstr=CODE["seaport_init_code"])
    return str(to_checksum_address(keccak(preimage)[-20:]))


def weth_on(chain_id: int) -> str:
    """WETH's own address on that chain; on a local one mainnet's."""
    return WETH.get(chain_id, WETH[1])


def accounts(chain_id: int) -> dict[str, tuple[str, dict[int, int]]]:
    """address -> (code, storage), of all but Seaport itself."""
    channel = _slot(int(SEAPORT, 16), 0)
    properties = _slot(int(OPENSEA_CONDUIT, 16), 0)  # key, owner, potential owner, channels, index
    return {
        FACTORY: (CREATE2_PROXY_CODE, {}),
        OPENSEA_CONDUIT: (CODE["conduit_code"], {channel: 1}),
        CONDUIT_CONTROLLER: (
            CODE["conduit_controller_code"],
            {
                properties: int.from_bytes(OPENSEA_CONDUIT_KEY),
                properties + 1: int.from_bytes(OPENSEA_CONDUIT_KEY[:20]),
                properties + 3: 1,
                int.from_bytes(keccak((properties + 3).to_bytes(32))): int(SEAPORT, 16),
                _slot(int(SEAPORT, 16), properties + 4): 1,
            },
        ),
        weth_on(chain_id): (CODE["weth_code"], {}),
    }


def on_anvil(url: str) -> None:
    """Put it all on the node at `url`; takes no nonce of an account that a test uses."""
    for address, (code, storage) in accounts(int(rpc(url, "eth_chainId"), 16)).items():
        rpc(url, "anvil_setCode", address, code)
        for slot, value in storage.items():
            rpc(url, "anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{value:064x}")
    rpc(url, "anvil_impersonateAccount", SOMEBODY)
    rpc(url, "anvil_setBalance", SOMEBODY, hex(10**20))
    fields = {"from": SOMEBODY, "to": FACTORY, "data": "0x" + DEPLOYMENT.data.hex()}
    sent = rpc(url, "eth_sendTransaction", {**fields, "gas": hex(8_000_000)})
    end = time.monotonic() + 30
    while rpc(url, "eth_getTransactionReceipt", sent) is None and time.monotonic() < end:
        time.sleep(0.05)  # a node that mines at intervals
    assert rpc(url, "eth_getTransactionReceipt", sent)["status"] == "0x1"
    assert len(rpc(url, "eth_getCode", SEAPORT, "latest")) > 2


@contextmanager
def made_by_its_constructor():
    """An embedded chain that lacks all of it at first, and on which Seaport was then deployed."""
    network = find_network("embedded")

    def genesis_accounts():
        there = {
            _raw(address): {
                "nonce": 1, "balance": 0, "code": bytes.fromhex(code[2:]), "storage": storage,
            }
            for address, (code, storage) in accounts(network.chain_id).items()
        }  # fmt: skip
        return {**real(), **there}

    real = embedded.genesis_accounts
    with (
        patch.object(embedded, "accounts", dict),
        patch.object(embedded, "genesis_accounts", genesis_accounts),
        connect(network, rpc_url=None, embedded_path=None) as chain,
    ):
        deploy_on(chain)
        yield chain


def deploy_on(chain) -> None:
    """Seaport itself, by the rich account of rehearsals."""
    signer = dev_signer()
    bill = quote(chain, signer.address, DEPLOYMENT)
    nonce = chain.nonce(signer.address)
    assert confirm(chain, [sign(chain, signer, DEPLOYMENT, bill, nonce)]).ok


def _slot(key: int, place: int) -> int:
    """Where a Solidity mapping at slot `place` keeps the value of `key`."""
    return int.from_bytes(keccak(key.to_bytes(32) + place.to_bytes(32)))


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
