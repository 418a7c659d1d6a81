"""`from nftforge.market import ...`: what is offered, that it is there, and what it costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from nftforge import market


def test_all_that_is_offered_is_there_typed_and_told():
    stub = Path(market.__file__).with_suffix(".pyi").read_text()
    (names,) = (node for node in ast.parse(stub).body if isinstance(node, ast.Assign))
    assert set(ast.literal_eval(names.value)) == set(market.__all__)
    assert all(getattr(market, name) is not None for name in market.__all__)
    table = market.__doc__.partition("Its front\ndoor:")[2]
    told = {name for line in re.findall(r"^    \w[\w ]*?  +(.+)$", table, re.MULTILINE)
            for name in line.split()}  # fmt: skip
    assert told == set(market.__all__)


def test_opening_it_and_hashing_an_order_loads_no_web3():
    code = (
        "import sys\n"
        "from nftforge.market import ListingTerms, buy, listing, order_hash, standing_of\n"
        "print(sorted({'web3', 'ens', 'eth_account', 'eth', 'requests'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
