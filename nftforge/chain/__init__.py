"""Ethereum: networks, keys, the contract, transactions, and a chain that needs no node.

The only package that imports eth_account or py-evm. web3.py is not used (see `node.py`).
"""
