"""Pages for the tests of the gallery, made of plain values: no chain, no store, no painting."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nftforge.gallery.metadata import read_metadata
from nftforge.gallery.models import GalleryCollection, GalleryPiece, MediaFile
from nftforge.gallery.page import SHELVES, Written, claim, write_page
from nftforge.media.webp import preview

OWNERS = (
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
)
CID = "bafkreifnv6era5sma53ju66kz3wuga37o4kpnowqe7lskmgvymv5ou2qna"
COLLECTION = GalleryCollection(
    name="Tides",
    symbol="TIDE",
    description="Painted seas.",
    network="sepolia",
    chain_id=11_155_111,
    contract="0xd25F3eADae2725417F9c024236780e7Db119A52D",
    deployed=True,
    owner=OWNERS[0],
    royalty_percent=5.0,
    royalty_receiver=OWNERS[0],
    contract_uri=f"ipfs://{CID}/contract.json",
    explorer="https://sepolia.etherscan.io",
)
WEATHER = ("Calm", "Calm", "Calm", "Squall", "Storm")
LIGHT = ("Dawn", "Noon", "Dusk", "Night", "Noon", "Noon", "Noon")


def picture(seed: int, side: int = 96) -> Image.Image:
    """A sky, a sea and a sun, different for every seed."""
    random = np.random.default_rng(seed)
    top, low, sea, sun = random.integers(30, 240, (4, 3))
    y, x = np.mgrid[0:side, 0:side] / side
    sky = top + (low - top) * y[..., None]
    at = random.uniform(0.2, 0.8), random.uniform(0.15, 0.5)
    sky[np.hypot(x - at[0], y - at[1]) < 0.12] = sun
    sky[y > 0.62 + 0.03 * np.sin(9 * x + seed)] = sea
    return Image.fromarray(sky.round().astype(np.uint8))


def png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def gif(seed: int) -> bytes:
    target = io.BytesIO()
    frames = [picture(seed + step).quantize() for step in range(3)]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return target.getvalue()


def shelve(out: Path, count: int = 8) -> None:
    """A few pictures in the page's folder: media/0.png, media/0.gif, preview/0.webp, ..."""
    claim(out)
    for name in SHELVES:
        (out / name).mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        still = png(picture(seed))
        (out / "media" / f"{seed}.png").write_bytes(still)
        (out / "media" / f"{seed}.gif").write_bytes(gif(seed))
        (out / "preview" / f"{seed}.webp").write_bytes(preview(still, 96))


def piece(at: int, fields: dict[str, Any] | None = None, **changes: Any) -> GalleryPiece:
    """A minted token; `fields` go over its metadata."""
    token_id, number = at, at % 8
    metadata = {
        "name": f"Tide {token_id}",
        "description": "A sea, **painted**.",
        "image": f"ipfs://{CID}",
        "attributes": [
            {"trait_type": "Weather", "value": WEATHER[token_id % len(WEATHER)]},
            {"trait_type": "Light", "value": LIGHT[token_id % len(LIGHT)]},
            {"trait_type": "Strokes", "value": 100 + token_id % 50, "display_type": "number"},
        ],
        **(fields or {}),
    }
    read = read_metadata(json.dumps(metadata).encode())
    values: dict[str, Any] = {
        "key": str(token_id),
        "token_id": token_id,
        "minted": True,
        "metadata": read,
        "name": read.string("name"),
        "owner": OWNERS[token_id % 2],
        "token_uri": f"ipfs://{CID}/{token_id}.json",
        "tx": "0x" + f"{token_id:064x}",
        "image": MediaFile(f"ipfs://{CID}", "image/gif", 9000, 3000, 3000, f"media/{number}.gif"),
        "still": MediaFile(f"ipfs://{CID}", "image/png", 9000, 3000, 3000, f"media/{number}.png"),
        "preview": f"preview/{number}.webp",
        "cids": [("metadata", CID), ("image", CID)],
    }
    return GalleryPiece(**{**values, **changes})


def page(
    out: Path, pieces: Sequence[GalleryPiece], collection: GalleryCollection = COLLECTION
) -> Written:
    shelve(out)
    return write_page(out, collection, pieces)


SCRIPT = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
BIDI = "\u202egnp.\u2066evil\u202e"


def hostile_pieces() -> list[GalleryPiece]:
    """Everything that metadata may try."""
    links = (
        f"{SCRIPT} [click](javascript:window.broken=1) [data](data:text/html,{SCRIPT}) "
        "![shot](https://evil.example/x.png) [ok](https://fine.example/a) <b>bold</b> "
        "[vb](vbscript:x) [up](JAVASCRIPT:alert(1)) [tab](java\tscript:alert(1)) and [here](ipfs://x)"
    )
    traits = [
        {"trait_type": SCRIPT, "value": SCRIPT},
        {"trait_type": "__proto__", "value": "constructor"},
        {"trait_type": BIDI, "value": "x" * 20_000},
        {"trait_type": "constructor", "value": "__proto__", "display_type": "date"},
        {"trait_type": "Date", "value": 10**30, "display_type": "date"},
        {"trait_type": None, "value": ""},
        {"trait_type": "nested", "value": {"a": [1]}},
        "no object",
    ]
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>window.broken=1</script></svg>"
    outside = "https://evil.example/tracker.gif"
    rows: list[dict[str, Any]] = [
        {"name": SCRIPT, "description": links, "attributes": traits, "external_url": "vbscript:1"},
        {"name": BIDI, "description": "[" * 5000 + "*" * 5000},
        {"name": "x" * 50_000, "description": "y" * 300_000, "__proto__": {"name": "z"}},
        {"name": "</script><script>window.broken=1</script>\u2028\u2029\ud800"},
        {"name": "outside", "image": outside, "animation_url": "javascript:window.broken=1",
         "external_url": "data:text/html,<script>window.broken=1</script>"},
        {"name": ["a", "list"], "attributes": {"not": "a list"}, "description": {"no": "text"}},
        {"name": "", "description": None, "image": 7},
    ]  # fmt: skip
    pieces = [piece(at, fields) for at, fields in enumerate(rows, start=1)]
    at = len(pieces) + 1
    unread = read_metadata(b"<html>" + SCRIPT.encode())
    pieces += [
        piece(at, key="a/../../x?%00#\"'><b>", name="odd key"),
        piece(at + 1, metadata=unread, name="", problem=f"it is no JSON {SCRIPT}"),
        piece(at + 2, preview="media/evil.svg", name="an svg", owner=SCRIPT, tx=SCRIPT,
              image=MediaFile(f"ipfs://{SCRIPT}", "image/svg+xml", len(svg), file="media/evil.svg"),
              cids=[(SCRIPT, SCRIPT)]),
    ]  # fmt: skip
    return pieces


def hostile_page(out: Path) -> Written:
    shelve(out)
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='96' height='96'>"
        "<rect width='96' height='96' fill='teal'/><script>window.broken=1</script></svg>"
    )
    (out / "media" / "evil.svg").write_text(svg)
    collection = COLLECTION.__class__(
        **{**vars(COLLECTION), "name": SCRIPT, "symbol": BIDI, "description": SCRIPT,
           "notes": (SCRIPT,), "explorer": "javascript:window.broken=1//"}
    )  # fmt: skip
    return write_page(out, collection, hostile_pieces())
