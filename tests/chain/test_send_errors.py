"""The words of real nodes, and what we take them for."""

import pytest

from nftforge.chain.send_errors import Floor, Meaning, SendAnswer, meaning_of, wait_in

SAID = {
    Meaning.KNOWN: [
        "already known",  # geth, erigon, nethermind
        "Known transaction",  # besu
        "known transaction: 5d0f…",  # hardhat 2
        "Tx: [0x12] already Imported",  # anvil
        "transaction already imported",  # anvil 1.7
        "Transaction with the same hash was already imported.",  # parity
        "INTERNAL_ERROR: existing tx with same hash",  # erigon
        "AlreadyKnown",  # nethermind before 2025
    ],
    Meaning.NONCE_LOW: [
        "nonce too low: next nonce 5, tx nonce 4",  # geth
        "Nonce too low",  # besu
        "OldNonce, Current nonce: 5, nonce of rejected tx: 4",  # nethermind
        "Nonce too low. Expected nonce to be 2 but got 1. Note that transactions can't be queued "
        "when automining.",  # hardhat
        "Transaction nonce is too low. Try incrementing the nonce.",  # parity
        "invalid transaction nonce",  # arbitrum
    ],
    Meaning.NONCE_HIGH: [
        "nonce too high",
        "NonceGap, Future nonce. Expected nonce: 5",
        "Transaction nonce is too distant from current sender nonce",  # besu
    ],
    Meaning.UNDERPRICED: [
        "replacement transaction underpriced",  # geth, erigon, nethermind
        "INTERNAL_ERROR: could not replace existing tx",  # erigon
        "Tx: [0x12] insufficient gas price to replace existing transaction",  # anvil
        "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary",
        "ReplacementNotAllowed",
    ],
    Meaning.FEE_LOW: [
        "transaction underpriced: gas tip cap 0, minimum needed 1000000",  # geth
        "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1 baseFee: 7",
        "Gas price below current base fee",  # besu
        "FeeTooLowToCompete",  # nethermind
        "fee too low",  # erigon
        "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of",
        "gas price too low",  # arbitrum
    ],
    Meaning.FUNDS: [
        "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1",  # geth
        "Insufficient funds for gas * price + value",  # anvil
        "Upfront cost exceeds account balance",  # besu
        "InsufficientFunds, Account balance: 0, cumulative cost: 1",  # nethermind
        "Sender doesn't have enough funds to send tx. The max upfront cost is: 1",  # hardhat
        "not enough funds for gas",  # arbitrum
    ],
    Meaning.BUSY: [
        "txpool is full",
        "Your app has exceeded its compute units per second capacity",  # alchemy
        "daily request count exceeded, request rate limited",  # infura
        "50/second request limit reached - reduce calls per second or upgrade",  # quicknode
        "Initial sync is still in progress",  # besu
        "sequencer pending tx pool full, please try again",  # arbitrum
    ],
    Meaning.REVERTED: [
        "VM Exception while processing transaction: reverted with custom error 'EmptyBatch()'",
        "execution reverted: NotNextToken",
    ],
    Meaning.REFUSED: [
        "intrinsic gas too low: gas 20000, minimum needed 21000",
        "exceeds block gas limit",
        "transaction gas limit too high (cap: 16777216, tx: 20000000)",  # geth, EIP-7825
        "Transaction gas limit is greater than the block gas limit, gas_limit: 2, cap: 1",  # anvil
        "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)",  # geth
        "invalid sender",
        "invalid chain id for signer",
        "Wrong chainId",
        "oversized data: transaction size 140000, limit 131072",
        "transaction type not supported",
        "Failed to decode signed transaction",
    ],
    Meaning.UNCLEAR: ["Internal error", "", "the moon is full"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "meaning"), [(words, m) for m, list_ in SAID.items() for words in list_]
)
def test_what_nodes_say_is_understood(words, meaning):
    assert meaning_of(words) is meaning


GWEI = 10**9
ASKED = {
    # geth, bor, bsc
    "transaction underpriced: gas tip cap 0, minimum needed 25000000000": Floor(tip=25 * GWEI),
    "transaction gas price below minimum: gas tip cap 1, minimum needed 3": Floor(tip=3),
    "transaction underpriced: tip needed 3000000000, tip permitted 1": Floor(tip=3 * GWEI),
    "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 70": Floor(
        max_fee=70
    ),
    "transaction underpriced: fee cap 1, minimum needed 9": Floor(max_fee=9),
    # nethermind
    "FeeTooLow, EffectivePriorityFeePerGas too low 586749412 < 1000000000, BaseFee: 7": Floor(
        tip=GWEI
    ),
    # hardhat
    "underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary": Floor(max_fee=2),
    # providers
    "fee too low: minimum tip 25 gwei": Floor(tip=25 * GWEI),
    "transaction underpriced: minimum priority fee is 1.5 gwei": Floor(tip=GWEI * 3 // 2),
    "gas price too low: minimum gas price 30 Gwei": Floor(max_fee=30 * GWEI),
    # nothing to go by
    "replacement transaction underpriced": None,
    "Gas price below current base fee": None,
    "fee too low": None,
    # a number, and not about the fee
    "intrinsic gas too low: gas 20000, minimum needed 21000": None,
    "insufficient funds: minimum needed 5": None,
}


@pytest.mark.parametrize("words", ASKED)
def test_the_least_fee_that_a_node_names_is_read(words):
    assert SendAnswer(meaning_of(words), words).floor == ASKED[words]


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("try again in 250ms", 0.25),
        ("rate limited, retry after 1.5 s", 1.5),
        ("retry after 30", 30),
        ("please wait 10 seconds", 10),
        ("back off for 2 minutes", 120),
        ("again in 1m", 60),
        (f"retry after {'9' * 400}", 86_400),
        ("too many requests", None),
    ],
)
def test_a_wait_is_read_in_its_unit(words, seconds):
    assert wait_in(words) == seconds
