"""The page that buyers see: plain data in, one static folder out.

    from pathlib import Path
    from nftforge.gallery import GalleryCollection, GalleryPiece, read_metadata, write_page

    tides = GalleryCollection("Tides", "TIDE", "Made by hand.", "mainnet", 1, contract="")
    tide = read_metadata(b'{"name": "Tide 1", "image": "ipfs://..."}')
    piece = GalleryPiece("1", 1, minted=False, metadata=tide, name="Tide 1")
    write_page(Path("page"), tides, [piece])

The package knows nothing of stages and chains and could be published alone. Its front door:

    what is shown       GalleryCollection  GalleryPiece  MediaFile
    what is for sale    SaleTerms  Listing  Payment  Sold
    metadata            Metadata  TokenTrait  read_metadata
    the page            write_page  claim  PageServer
    rarity              rank

What is named here is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
