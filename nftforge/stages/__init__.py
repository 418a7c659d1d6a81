"""Stages and effects: what `nftforge run` does, in order."""
