"""Who may receive tokens: names are resolved, and contracts are asked before anything is sent.

The collection mints without asking receivers (asking each costs gas and lets one holder stop an
airdrop), so a contract that cannot handle tokens would lock them in for ever. It is asked here
instead, as the collection would ask it: `onERC721Received`, with eth_call. Sources: EIP-721,
EIP-7702 (an account with a delegation has code and still has its key), ENSIP-1 (name hashes).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eth_abi import encode
from eth_utils import keccak, to_checksum_address

from nftforge.chain.rpc import Chain, RevertedError
from nftforge.core.errors import ConfigError, GuardError

ENS_REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
ENS_CHAINS = (1, 11_155_111)
PLAIN_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
RECEIVED = keccak(text="onERC721Received(address,address,uint256,bytes)")[:4]
DELEGATED = bytes.fromhex("ef0100")  # EIP-7702


def resolve(chain: Chain, name: str) -> str:
    """The address of an ENS name. Raises ConfigError if it has none that we can find out.

    Only plain lower-case names: others need ENSIP-15's normalisation, and a look-alike gets the
    token if that goes wrong.
    """
    if chain.chain_id not in ENS_CHAINS:
        raise ConfigError(
            f"{name} cannot be resolved on {chain.network.name}: ENS is on mainnet and sepolia",
            hint="write the address instead",
        )
    if not PLAIN_NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no plain ENS name", hint="write the address instead")
    node = name_hash(name)
    resolver = _address(chain, ENS_REGISTRY, "resolver(bytes32)", node)
    found = _address(chain, resolver, "addr(bytes32)", node) if resolver else None
    if not found:
        raise ConfigError(f"the ENS name {name} has no address", hint="write the address instead")
    return found


def name_hash(name: str) -> bytes:
    """ENSIP-1."""
    node = bytes(32)
    for label in reversed(name.split(".")):
        node = keccak(node + keccak(text=label))
    return node


def check_recipients(chain: Chain, collection: str, receivers: Sequence[str]) -> None:
    """Raises GuardError naming the contracts that would not take a token of `collection`."""
    codes = zip(receivers, chain.codes(receivers, chain.head()), strict=True)
    contracts = [who for who, code in codes if code and not code.startswith(DELEGATED)]
    refusing = [who for who in contracts if not _takes_tokens(chain, collection, who)]
    if refusing:
        raise GuardError(
            f"{', '.join(refusing)} on {chain.network.name}: a contract that takes no ERC-721 "
            f"tokens (onERC721Received); a token minted to it would be lost",
            hint="give another address; nothing was sent",
        )


def _takes_tokens(chain: Chain, collection: str, receiver: str) -> bool:
    arguments = (collection, "0x" + "00" * 20, 1, b"")
    data = RECEIVED + encode(("address", "address", "uint256", "bytes"), arguments)
    try:
        answer = chain.call({"from": collection, "to": receiver, "data": "0x" + data.hex()})
    except RevertedError:
        return False
    return answer[:4] == RECEIVED and len(answer) >= 32


def _address(chain: Chain, contract: str, signature: str, node: bytes) -> str | None:
    data = keccak(text=signature)[:4] + node
    try:
        answer = chain.call({"to": contract, "data": "0x" + data.hex()})
    except RevertedError:
        return None
    return to_checksum_address(answer[12:32]) if len(answer) == 32 and any(answer) else None
