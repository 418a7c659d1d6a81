"""What `--max-cost` means, and what it refuses to mean."""

import pytest

from nftforge.cli.confirm import max_cost
from nftforge.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("0.01ETH", 10**16),
        ("0.000000000000000001 eth", 1),
        ("2000000 gwei", 2 * 10**15),
        ("1 wei", 1),
        ("1000000000000000000ETH", 10**36),
    ],
)
def test_an_amount_is_its_wei(text, wei):
    assert max_cost(text, "ETH") == wei


@pytest.mark.parametrize(
    "text",
    [
        f"{'9' * 400}ETH", f"0.{'0' * 400}1ETH", "1000000000000000001ETH", "nanETH", "nan ETH",
        "infETH", "1e400ETH", "\u0663ETH", "0.5wei", "0ETH", "",
    ],
)  # fmt: skip
def test_what_no_currency_has_is_no_amount(text):
    with pytest.raises(ConfigError, match="--max-cost"):
        max_cost(text, "ETH")
