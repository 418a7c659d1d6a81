from .metadata import Metadata, TokenTrait, read_metadata
from .models import GalleryCollection, GalleryPiece, MediaFile
from .page import claim, write_page
from .rarity import rank
from .serve import PageServer

__all__ = [
    "GalleryCollection",
    "GalleryPiece",
    "MediaFile",
    "Metadata",
    "PageServer",
    "TokenTrait",
    "claim",
    "rank",
    "read_metadata",
    "write_page",
]
