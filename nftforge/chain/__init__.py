"""Ethereum: networks, keys, the contract, transactions, and a chain that needs no node.

    from nftforge.chain import connect, find_network, read_tokens

    with connect(find_network("base"), rpc_url="https://...", embedded_path=None) as chain:
        print(read_tokens(chain, "0x...", [1, 2, 3]))

The only package that imports web3, eth_account or py-evm. They are slow to import, so the names
above (`__init__.pyi` lists them) are loaded when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
