"""`from nftforge.chain import ...`: what is offered, that it is there, and what it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import nftforge.chain
from nftforge import chain

OFFERED = {
    "NETWORKS", "Call", "Chain", "CollectionSpec", "CollectionState", "Network", "Receipt",
    "confirm", "connect", "deployment_of", "find_network", "mint_batch", "quote", "read_state",
    "read_tokens", "sign", "signer_for",
}  # fmt: skip


def test_all_that_is_offered_is_there_and_typed():
    assert set(chain.__all__) == OFFERED
    assert all(getattr(chain, name) is not None for name in OFFERED)
    stub = Path(nftforge.chain.__file__).with_suffix(".pyi").read_text()
    (names,) = (node for node in ast.parse(stub).body if isinstance(node, ast.Assign))
    assert set(ast.literal_eval(names.value)) == OFFERED


def test_one_mints_and_reads_through_the_front_door_alone():
    network = chain.find_network("embedded")
    with chain.connect(network, rpc_url=None, embedded_path=None) as connected:
        signer = chain.signer_for(network, {}, Path(), None)

        def send(call):
            bill = chain.quote(connected, signer.address, call)
            nonce = connected.nonce(signer.address)
            return chain.confirm(connected, [chain.sign(connected, signer, call, bill, nonce)])

        spec = chain.CollectionSpec("Door", "DOOR", signer.address, 10, 500, bytes(32))
        deployment = chain.deployment_of(spec, bytes(32), network.chain_id)
        assert chain.read_state(connected, deployment.address) is None
        send(deployment.call)
        send(chain.mint_batch(deployment.address, signer.address, 1, 2, bytes(32)))
        assert chain.read_state(connected, deployment.address).next_id == 3
        owner, uri = chain.read_tokens(connected, deployment.address, [2])[2]
        assert owner == signer.address and uri.startswith("ipfs://")


def test_opening_it_loads_nothing_heavy_and_using_it_does_not_raise_the_recursion_limit():
    code = (
        "import sys\n"
        "from nftforge.chain import find_network\n"
        "import nftforge.chain.connection, nftforge.chain.contract\n"
        "print(sorted({'web3', 'ens', 'eth_account', 'eth', 'requests'} & set(sys.modules)))\n"
        "from nftforge.chain import connect\n"
        "with connect(find_network('embedded'), rpc_url=None, embedded_path=None) as chain:\n"
        "    print('web3' in sys.modules, sys.getrecursionlimit())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\nTrue 1000\n", done.stderr
