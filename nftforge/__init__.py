"""nftforge: pictures in, a minted collection out. Start reading at `nftforge.pipeline`."""

__version__ = "0.1.0"
