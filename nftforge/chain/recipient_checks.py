"""Who may receive tokens: names are resolved, and contracts are asked before anything is sent.

The collection mints without asking recipients (asking each costs gas and lets one holder stop an
airdrop), so a contract that cannot handle tokens would lock them in for ever. It is asked here
instead, as the collection would ask it: `onERC721Received`, with eth_call. Names go through web3's
ENS, which normalises them by ENSIP-15: of two that look alike at most one is a name. Sources:
EIP-721, EIP-7702 (an account with a delegation has code and still has its key), ENSIP-15.
"""

from __future__ import annotations

from collections.abc import Sequence

from nftforge.chain.abi import Interface
from nftforge.chain.connection import Chain
from nftforge.chain.contract import NOBODY
from nftforge.core.errors import ConfigError, GuardError, RevertedError

ENS_CHAINS = (1, 11_155_111)
DELEGATED = bytes.fromhex("ef0100")  # EIP-7702
RECEIVER = Interface(
    [
        {
            "type": "function",
            "name": "onERC721Received",
            "stateMutability": "nonpayable",
            "inputs": [
                {"name": "operator", "type": "address"},
                {"name": "from", "type": "address"},
                {"name": "tokenId", "type": "uint256"},
                {"name": "data", "type": "bytes"},
            ],
            "outputs": [{"name": "", "type": "bytes4"}],
        }
    ]
)


def resolve(chain: Chain, name: str) -> str:
    """The address of an ENS name. Raises ConfigError if it has none that we can find out."""
    if chain.chain_id not in ENS_CHAINS:
        raise ConfigError(
            f"{name} cannot be resolved on {chain.network.name}: ENS is on mainnet and sepolia",
            hint="write the address instead",
        )
    from ens import ENS
    from ens.exceptions import ENSException
    from eth_abi.exceptions import DecodingError
    from web3.exceptions import BadFunctionCallOutput

    names = ENS.from_web3(chain.w3)
    names.w3.middleware_onion.remove("stalecheck")  # what a node may be believed is ours to say
    try:
        found = names.address(name)
    except (RevertedError, BadFunctionCallOutput, DecodingError):
        found = None
    except ENSException as error:
        raise ConfigError(
            f"{name!r} is no ENS name: {error}", hint="write the address instead"
        ) from None
    if not found:
        raise ConfigError(f"the ENS name {name} has no address", hint="write the address instead")
    return str(found)


def check_recipients(chain: Chain, collection: str, recipients: Sequence[str]) -> None:
    """Raises GuardError naming the contracts that would not take a token of `collection`."""
    codes = zip(recipients, chain.codes(recipients, chain.head()), strict=True)
    contracts = [who for who, code in codes if code and not code.startswith(DELEGATED)]
    refusing = [who for who in contracts if not _takes_tokens(chain, collection, who)]
    if refusing:
        raise GuardError(
            f"{', '.join(refusing)} on {chain.network.name}: a contract that takes no ERC-721 "
            f"tokens (onERC721Received); a token minted to it would be lost",
            hint="give another address; nothing was sent",
        )


def _takes_tokens(chain: Chain, collection: str, recipient: str) -> bool:
    data = RECEIVER.encode("onERC721Received", collection, NOBODY, 1, b"")
    try:
        answer = chain.call({"from": collection, "to": recipient, "data": "0x" + data.hex()})
        (said,) = RECEIVER.decode("onERC721Received", answer)
    except (RevertedError, ValueError):
        return False
    return bool(said == RECEIVER.selector("onERC721Received"))
