"""nftforge: pictures in, a minted collection out. Start reading at `nftforge.pipeline.run`."""

__version__ = "0.1.0"
