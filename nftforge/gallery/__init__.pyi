from .metadata import Metadata, TokenTrait, read_metadata
from .models import GalleryCollection, GalleryPiece, Listing, MediaFile, Payment, SaleTerms, Sold
from .page import claim, write_page
from .rarity import rank
from .serve import PageServer

__all__ = [
    "GalleryCollection",
    "GalleryPiece",
    "Listing",
    "MediaFile",
    "Metadata",
    "PageServer",
    "Payment",
    "SaleTerms",
    "Sold",
    "TokenTrait",
    "claim",
    "rank",
    "read_metadata",
    "write_page",
]
