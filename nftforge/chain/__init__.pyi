from .connection import Chain, Receipt, connect
from .contract import (
    CollectionSpec,
    CollectionState,
    deployment_of,
    mint_batch,
    read_state,
    read_tokens,
)
from .networks import NETWORKS, Network, find_network
from .pricing import Call, quote
from .transactions import confirm, sign
from .wallet import signer_for

__all__ = [
    "NETWORKS",
    "Call",
    "Chain",
    "CollectionSpec",
    "CollectionState",
    "Network",
    "Receipt",
    "confirm",
    "connect",
    "deployment_of",
    "find_network",
    "mint_batch",
    "quote",
    "read_state",
    "read_tokens",
    "sign",
    "signer_for",
]
