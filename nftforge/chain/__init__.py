"""Ethereum: networks, keys, the contract, transactions, and a chain that needs no node.

The only package that imports web3, eth_account or py-evm.
"""
