"""The keys of a collection file: where each belongs, and what others call them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from nftforge.config.models import Collection
from nftforge.config.section import Section
from nftforge.core.nearest import nearest

OTHER_WORDS: Mapping[str, str] = MappingProxyType(  # other tools' words, and other languages'
    {
        "attributes": "traits", "properties": "traits", "trait": "traits", "features": "traits",
        "title": "name", "label": "name", "collection_name": "name",
        "ticker": "symbol", "abbreviation": "symbol", "shortname": "symbol",
        "about": "description", "bio": "description", "caption": "description",
        "royalty": "royalty_percent", "royalties": "royalty_percent", "fee": "royalty_percent",
        "seller_fee_basis_points": "royalty_percent", "creator_earnings": "royalty_percent",
        "supply": "max_supply", "total_supply": "max_supply", "edition_size": "max_supply",
        "file": "image", "picture": "image", "path": "image", "src": "image", "photo": "image",
        "filename": "image", "source": "image",
        "items": "pieces", "images": "pieces", "tokens": "pieces", "nfts": "pieces",
        "artworks": "pieces", "works": "pieces", "pictures": "pieces",
        "url": "external_url", "website": "external_url", "link": "external_url",
        "external_link": "external_url", "homepage": "external_url",
        "colors": "palette", "colours": "palette",
        "background": "canvas", "backgroundcolour": "background_color",
        "chain": "network", "blockchain": "network",
        "recipient": "to", "recipients": "to", "receiver": "to", "airdrop": "to", "owner": "to",
        "holders": "to",
        "iterations": "strokes", "stroke_count": "strokes", "brushstrokes": "strokes",
        "random_seed": "seed", "resolution": "size", "width": "size", "duration": "hold_ms",
        "tool": "brush", "painting": "paint", "style_image": "style", "video": "mp4",
        "impasto": "relief", "thickness": "relief", "ground": "surface", "height_map": "height",
        "hidden": "placeholder", "unrevealed": "placeholder", "ipfs": "pin", "pinning": "pin",
        "storage": "pin", "backends": "to", "identifier": "id", "slug": "id",
        "sell": "sale", "selling": "sale", "shop": "sale", "market": "sale", "listing": "sale",
        "listings": "sale", "cost": "price", "amount": "price",
    }
)  # fmt: skip
WORDS_OF_A_SALE: Mapping[str, str] = MappingProxyType(  # the same, of `sale:` and `price:` alone
    {
        **OTHER_WORDS,
        "end": "until", "ends": "until", "expires": "until", "expiry": "until",
        "expiration": "until", "deadline": "until", "begin": "start", "begins": "start",
        "min": "min_price", "minimum": "min_price", "floor": "min_price", "reserve": "min_price",
        "marketplaces": "in", "marketplace": "in", "places": "in", "where": "in", "on": "in",
        "duration": "over", "during": "over", "start_price": "from", "end_price": "to",
        "fixed": "at", "for": "buyer", "reserved_for": "buyer",
    }
)  # fmt: skip


def keys_at(location: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys of the section at `location`."""
    here: tuple[type[Section], ...] = (Collection,)
    for part in location:  # indices and names that people choose stay in the section
        fields = [_written(model) for model in here]
        beside = [each["values"] for each in fields if "values" in each]  # of a generated trait
        below = [each[str(part)] for each in fields if part in each] or beside
        here = tuple(found for each in below for found in _sections(each.annotation)) or here
    return tuple(name for model in here for name in _written(model))


def is_key(word: str) -> bool:
    """Whether any section has this key."""
    return word in _homes()


def near_key(location: tuple[str | int, ...]) -> str:
    """What to do with a key that is not known where it stands, or nothing."""
    word, own = str(location[-1]), keys_at(location[:-1])
    words = WORDS_OF_A_SALE if {"until", "over"} & set(own) else OTHER_WORDS
    if not is_key(word) and (found := nearest(word, own, words)):
        return f"did you mean `{found}`?"
    found = word if is_key(word) else nearest(word, _homes(), words)
    if not found:
        return ""
    places = _homes()[found][:3]
    below = " or ".join(f"`{home}:`" for home in places if home)
    if "" not in places:
        place = f"goes under {below}"
    else:
        place = "stands at the top, not indented" + (f", or under {below}" if below else "")
    return f"{'' if found == word else f'did you mean `{found}`? '}`{found}` {place}"


@cache
def _homes() -> Mapping[str, list[str]]:
    """Each key, and the sections that have it."""
    homes: dict[str, list[str]] = defaultdict(list)
    for place, model in _walk(Collection, ""):
        if place.startswith("generate"):  # its keys mean little elsewhere
            continue
        for name in _written(model):
            if place not in homes[name]:
                homes[name].append(place)
    return dict(homes)


def _walk(model: type[Section], place: str) -> Iterator[tuple[str, type[Section]]]:
    yield place, model
    for name, field in _written(model).items():
        for below in _sections(field.annotation):
            yield from _walk(below, f"{place}.{name}" if place else name)


def _written(model: type[Section]) -> Mapping[str, Any]:
    """The fields of a section by the keys that people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _sections(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for each in get_args(annotation):
        yield from _sections(each)
