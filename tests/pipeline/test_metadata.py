"""pipeline.metadata: what a piece says of itself, made of its file and its painting."""

from __future__ import annotations

import json

import pytest
from support import small_collection

from nftforge.config.load import load_collection
from nftforge.ipfs.cid import RAW, Cid
from nftforge.pipeline.metadata import Art, piece_metadata

PICTURE = Cid(RAW, bytes(32))
ART = Art("oil", 3, 12, "ab" * 32, still=PICTURE, image=PICTURE, animation=None)


@pytest.fixture
def traits(tmp_path):
    """The traits of the first piece; `edit` changes the text of its file."""

    def read(*edit: str) -> dict[str, object]:
        path = small_collection(tmp_path)
        path.write_text(path.read_text().replace(*edit) if edit else path.read_text())
        collection = load_collection(path).collection
        told = json.loads(piece_metadata(collection, collection.pieces[0], ART))
        return {row["trait_type"]: row["value"] for row in told.get("attributes", [])}

    return read


def test_a_piece_has_its_own_traits_then_brush_and_strokes(traits):
    assert traits() == {"Kind": "first", "Brush": "Oil", "Strokes": 12}


def test_a_trait_of_the_artists_own_stands_for_ours(traits):
    assert traits("Kind: first", "Strokes: many") == {"Strokes": "many", "Brush": "Oil"}


def test_brush_and_strokes_can_be_switched_off(traits):
    assert traits("pieces:", "traits: {auto: false}\npieces:") == {"Kind": "first"}
    assert traits("pieces:", "traits: {auto: true}\npieces:").keys() >= {"Brush", "Strokes"}
