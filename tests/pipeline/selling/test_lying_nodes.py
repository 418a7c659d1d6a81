"""Nodes that lie about logs: what cannot be, and what another node denies, decides nothing."""

import pytest
from support.anvil import height, mined
from support.fault_proxy import answer, fault_proxy
from support.shop import SELLER

from nftforge.core.errors import ContradictionError
from nftforge.market.addresses import SEAPORT
from nftforge.market.seaport import interface

pytestmark = pytest.mark.anvil
WHO = "0x" + SELLER[2:].lower().rjust(64, "0")
FULFILLED, VALIDATED = (interface().topic(name) for name in ("OrderFulfilled", "OrderValidated"))
GARBAGE = "0x" + "00" * 12 + SELLER[2:].lower() + "00" * 70


def log(*topics, data=GARBAGE, address=SEAPORT):
    return {
        "address": address.lower(), "topics": list(topics), "data": data, "blockNumber": "0x1",
        "blockHash": "0x" + "11" * 32, "transactionHash": "0x" + "22" * 32,
        "transactionIndex": "0x0", "logIndex": "0x0",
    }  # fmt: skip


def about(topic, result):
    """An answer to searches for that event; others are answered truly."""

    def fault(forward, request):
        asked = request["params"][0]["topics"][0]
        return answer(result)(forward, request) if asked == topic else forward()

    return fault


@pytest.mark.parametrize(
    ("topic", "result", "words"),
    [
        (FULFILLED, [log(FULFILLED, WHO, WHO)], "an event OrderFulfilled that is none"),
        (VALIDATED, [log(VALIDATED)], "an event OrderValidated that is none"),
        (VALIDATED, [log("0x" + "33" * 32)], "logs that were not asked for"),
        (VALIDATED, [log()], "logs that were not asked for"),
        (FULFILLED, [log(FULFILLED, WHO, address="0x" + "44" * 20)], "logs that were not asked"),
        (FULFILLED, [log(FULFILLED, "0x" + "55" * 32, WHO)], "logs that were not asked for"),
    ],
)
def test_logs_that_cannot_be_stop_every_command(shop, topic, result, words):
    shop.list(only=["one"])
    since, real = height(shop.url), shop.url
    with fault_proxy(real) as proxy:
        proxy.on("eth_getLogs", about(topic, result), times=1000)
        shop.url = proxy.url
        for act in (shop.listings, shop.list, shop.delist):
            with pytest.raises(ContradictionError, match=words):
                act()
    assert not mined(real, SELLER, since)


def test_an_order_that_one_of_two_nodes_hides_is_no_reason_to_go_on(shop):
    """Nothing would be withdrawn, and the piece be listed beside its cheaper order."""
    shop.list(only=["two"], on_chain=True)
    shop.forget()
    shop.sale = {**shop.sale, "price": "0.9 ETH"}
    since, real = height(shop.url), shop.url
    with fault_proxy(real) as proxy:
        proxy.on("eth_getLogs", about(VALIDATED, []), times=1000)
        shop.url = f"{real},{proxy.url}"
        with pytest.raises(ContradictionError, match="disagree about eth_getLogs"):
            shop.list(only=["two"])
    assert not mined(real, SELLER, since)
    shop.url = real
    shop.list(only=["two"])
    assert sorted(shop.states()[2]) == ["for-sale", "withdrawn"]
