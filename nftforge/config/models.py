"""collection.yaml: what the artist writes, as small frozen models; every complaint names a line.

`load` reads and checks a file; here are its sections. Validation is strict: "500"
is not 500. Units are in the names (frame_ms, max_mb); `size` is always the longer side in pixels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nftforge.config.generate import Generate
from nftforge.config.piece_settings import Part, Shown, Style, Surface
from nftforge.config.sale import LAST, Sale, seconds_since_1970
from nftforge.config.section import Section
from nftforge.config.values import (
    Address,
    Brush,
    Canvas,
    Colour,
    FilePath,
    Focus,
    Line,
    Lines,
    Link,
    Name,
    NoFolder,
    NoText,
    Number,
    Palette,
    Receiver,
    Royalty,
    Simple,
    Url,
    percent,
)
from nftforge.core.errors import quoted
from nftforge.painting.palettes import MIXED

BACK_ENDS = ("local", "kubo", "pinata", "pinning-service")
OTHER_BACK_ENDS = {"ipfs": "kubo", "filebase": "kubo", "disk": "local", "psa": "pinning-service"}
PIECE_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"
RPC_VARIABLE = r"^[A-Z][A-Z0-9_]*_RPC_URL$"
NETWORK_NAME = r"^[a-z][a-z0-9-]{0,31}$"
EXACT = 2**53  # whole numbers beyond are rounded by what marketplaces are written in


class Target(Section):
    """Paint until the picture is close enough, instead of a number of strokes."""

    psnr: float = Field(gt=0, le=60, description="dB, compared at the working size")
    max_strokes: int = Field(2000, ge=1, le=20_000)


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "8-bit": {"brush": "tape", "palette": 16, "opaque": True, "lattice": 64},
}


class Paint(Section):
    """How pieces are painted and drawn; a piece may override brush, strokes, seed, palette,
    style, flow, focus, relief and surface."""

    preset: Literal["8-bit"] | None = Field(
        None,
        description="8-bit: brush tape, palette 16, opaque, lattice 64, where nothing else is said",
    )
    brush: Brush = Field(
        "oil", description="`nftforge brushes` lists them; or a grey PNG of your own"
    )
    strokes: int = Field(500, ge=1, le=20_000)
    target: Target | None = Field(None, description="stop by likeness; `strokes` is then unused")
    seconds: float | None = Field(
        None, gt=0, le=86_400, description="time for a piece; strokes then depend on the machine"
    )
    min_size: float | None = Field(
        None, ge=0.003, le=0.9, description="shortest stroke, as a fraction of the longer side"
    )
    max_size: float | None = Field(
        None, ge=0.003, le=0.9, description="longest stroke, as a fraction of the longer side"
    )
    palette: Palette | None = Field(
        None,
        description="use only so many colours (found in the picture), only these, or a palette by "
        "name: zorn, primary, earth, noir, pastel, duotone:#rrggbb,#rrggbb",
    )
    mixing: Literal["light", "pigment"] | None = Field(
        None,
        description="how the colours of a palette mix: light, or pigment, as stirred paint does "
        "(yellow and blue are green); default: light for palettes by name; a list of colours is "
        "not mixed",
    )
    opaque: bool = Field(False, description="strokes as opaque as the brush can paint")
    lattice: int | None = Field(
        None, ge=4, le=512, description="cells along the longer side that strokes of tape lie on"
    )
    loss: Literal["l2", "l1"] = Field("l2", description="l2: PSNR; l1: mean absolute error")
    flow: Part | None = Field(
        None,
        description="how much strokes lie along what they depict; default: 0.5; 0 on a lattice, "
        "for the neural engine, and in collections minted before there was flow",
    )
    schedule: Literal[1, 2] | None = Field(
        None,
        description="1 takes 1.6 times as long as 2, for 0.2 dB; default: 2, and 1 in collections "
        "minted before there was 2",
    )
    focus: Focus | None = Field(
        None,
        description="what matters, and gets more and smaller strokes: auto (what draws the eye), "
        "or a mask, a grey picture that is white there",
    )
    underpainting: Colour | None = Field(
        None, description="tone the ground with this colour first; it shows between strokes"
    )
    transport: float = Field(
        0.0, ge=0, le=1, description="weight of the optimal-transport loss; 0.1 is a lot"
    )
    style: Style | None = Field(
        None, description="take on the look of another picture; needs the extra `style`"
    )
    relief: Part | None = Field(
        None,
        description="how thick the paint lies under the lamp, from 0 (flat) to 1; default: what "
        "suits brush and strokes, at most 0.5; 0 for pixel art and in collections minted before "
        "there was relief; drawn, not painted: strokes and their likeness stay the same",
    )
    surface: Surface | None = Field(
        None,
        description="what relief shows the paint on: canvas, paper or none; default: canvas for "
        "oil and your own brushes, paper for the others",
    )
    size: int | None = Field(
        None, ge=16, le=4096,
        description="longer side of the still, pixels; default: 3000, or the next multiple of the "
        "lattice; 1024 in collections minted before there was relief",
    )  # fmt: skip
    canvas: Canvas = Field(
        "white", description="background: a CSS colour name, #rrggbb, or transparent"
    )
    engine: str = Field("auto", description="auto (analytic), analytic or neural")

    @model_validator(mode="before")
    @classmethod
    def _take_preset(cls, given: Any) -> Any:
        preset = given.get("preset") if isinstance(given, dict) else None
        return {**PRESETS.get(str(preset), {}), **given} if preset else given

    @field_validator("mixing")
    @classmethod
    def _mixes_what_is_there(cls, mixing: str | None, info: ValidationInfo) -> str | None:
        palette = info.data.get("palette", ())  # none if it is no palette, which is told already
        if mixing is None or palette == ():
            return mixing
        if not isinstance(palette, str | tuple):
            raise ValueError(
                "only colours that a palette names or lists can be mixed: `palette: primary`, or "
                "`palette: [yellow, blue, white]`"
            )
        if isinstance(palette, tuple) and not 2 <= len(palette) <= MIXED:
            raise ValueError(f"from 2 to {MIXED} colours can be mixed, not {len(palette)}")
        return mixing


class Unpainted(Paint):
    """`paint: none`: every piece is a finished work, made elsewhere."""


def _paint(given: object) -> object:
    return Unpainted() if given == "none" else given


AnyPaint = Annotated[Paint, BeforeValidator(_paint, json_schema_input_type=Literal["none"] | Paint)]


class Gif(Section):
    size: int = Field(512, ge=16, le=2048, description="longer side, pixels")
    frames: int = Field(120, ge=2, le=1000)
    hold_ms: int = Field(3000, ge=20, le=60_000, description="how long the finished picture stays")
    loop: bool = Field(True, description="for ever; else it plays once and stays")
    max_mb: float | None = Field(None, gt=0, le=100, description="largest file, MB of 10^6 bytes")
    min_psnr: float | None = Field(
        None, ge=20, le=60, description="dB, mean over the frames: the smallest file that good"
    )

    @model_validator(mode="after")
    def _one_limit(self) -> Gif:
        if self.max_mb is not None and self.min_psnr is not None:
            raise ValueError("max_mb and min_psnr exclude each other: ask for a size or a likeness")
        return self


class Video(Section):
    size: int | None = Field(
        None, ge=16, le=2048, description="longer side, pixels; default: as the GIF"
    )
    max_mb: float | None = Field(None, gt=0, le=100, description="largest file, MB of 10^6 bytes")
    smooth: bool = Field(True, description="draw each stroke along its path, not in one step")


def _video(given: object) -> object:
    """`true` is a video as it comes, `false` none."""
    if not isinstance(given, bool | dict | Video):
        off = str(given).lower() in ("no", "off", "none", "n")
        fix = "; for none write false" if off else ""
        raise ValueError(f"true, false or {{size, max_mb, smooth}} is needed{fix}")
    return ({} if given else None) if isinstance(given, bool) else given


AnyVideo = Annotated[Video | None, BeforeValidator(_video, json_schema_input_type=bool | Video)]


class Media(Section):
    gif: Gif = Gif()
    mp4: AnyVideo = Field(
        Video(), description="H.264, animation_url if there is no page",
        json_schema_extra={"default": True},
    )  # fmt: skip
    webm: AnyVideo = Field(
        None,
        description="AV1, pinned with the rest; animation_url if there is neither page nor MP4",
        json_schema_extra={"default": False},
    )
    svg: bool = Field(False, description="the strokes as vectors, pinned with the rest")
    height: bool = Field(
        False,
        description="how thick the paint lies, a 16-bit grey PNG as large as the still, for prints "
        "with raised varnish; pinned with the rest",
    )
    html: bool = Field(
        False,
        description="a page on which the painting grows, then a lamp follows the pointer; "
        "animation_url before any film",
    )
    out: bool = Field(
        True, exclude=True,  # of what decides how they are drawn
        description="put copies with readable names into out/ beside this file",
    )  # fmt: skip


class Trait(Section):
    """A trait with a display type (marketplace metadata standard)."""

    value: Simple
    display_type: Literal["number", "boost_number", "boost_percentage", "date"] | None = None
    max_value: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_percent(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("display_type") == "boost_percentage":
            return {**given, **({"value": percent(given["value"])} if "value" in given else {})}
        return given

    @model_validator(mode="after")
    def _is_shown_as_it_is_written(self) -> Trait:
        if self.display_type is None and self.max_value is None:
            return self
        what = self.display_type or "max_value"
        if isinstance(self.value, str | bool):
            raise ValueError(f"`{what}` needs a number: {_as_number(self.value, what)}")
        for number in (self.value, self.max_value or 0):
            if isinstance(number, int) and abs(number) > EXACT:
                raise ValueError(f"{number} is beyond {EXACT}, where marketplaces begin to round")
        if self.display_type == "date":
            _check_date(self.value)
        if self.max_value is not None and self.value > self.max_value:
            raise ValueError(
                f"the value {self.value} is more than its `max_value`, {self.max_value}; are the "
                "two exchanged?"
            )
        return self


def _check_date(given: int | float) -> None:
    """Raises ValueError for what was not meant as seconds since 1970: years, days, milliseconds."""
    days = re.fullmatch(r"((?:19|20)\d\d)([01]\d)?([0-3]\d)?", str(given))
    if days and (seconds := seconds_since_1970("-".join(part or "01" for part in days.groups()))):
        raise ValueError(
            f"a date is the seconds since 1970, so that {given} is a day of 1970; write {seconds}, "
            f"or leave `display_type` out to keep {given} as it is written"
        )
    for per_second, unit in ((1_000, "milliseconds"), (1_000_000, "microseconds")):
        if LAST <= given < LAST * per_second:
            raise ValueError(
                f"{given} would be in the year {1970 + int(given / 31_556_952)}; if these are "
                f"{unit}, write the seconds: {int(given / per_second)}"
            )


def _as_number(given: str | bool, what: str) -> str:
    """What to write instead of a text or a truth."""
    keep = f"leave `{what}` out to keep {given} as it is written"
    if isinstance(given, bool):
        return "true and false are none"
    if what == "date" and (seconds := seconds_since_1970(given)) is not None:
        return f"the seconds since 1970; {given} is {seconds}"
    try:
        number = float(given)
    except ValueError:
        return f"{quoted(given)} is none; leave `{what}` out to keep the text"
    if abs(number) >= EXACT:
        return f"{given} is beyond {EXACT}, where marketplaces begin to round; {keep}"
    return f"write {number:.15g}, or {keep}"


TraitValue = Annotated[
    Annotated[Simple, Tag("value")] | Annotated[Trait, Tag("trait")],
    Discriminator(lambda given: "trait" if isinstance(given, dict | Trait) else "value"),
]


class Traits(Section):
    """What every piece's traits have in common; the traits themselves stand at each piece."""

    auto: bool = Field(
        True, description="add Brush and Strokes, where a piece has none by that name"
    )


def _no_switch(given: Mapping[str, TraitValue]) -> Mapping[str, TraitValue]:
    """`traits: {auto: false}` is for all pieces: at one of them it would be minted as a trait."""
    if isinstance(given.get("auto"), bool):
        raise ValueError(
            f"auto: {str(given['auto']).lower()} would be minted as a trait here; to switch Brush "
            "and Strokes off, write `traits: {auto: false}` beside `pieces:`; call a trait Auto"
        )
    return given


class Piece(Shown):
    image: FilePath = Field(description="path of the picture, relative to this file")
    name: Name = Field(min_length=1, max_length=200)
    id: Annotated[str, Field(pattern=PIECE_ID)] = Field(
        "", description="names its files; by default made from the picture's file name"
    )
    paint: Literal["none"] | None = Field(
        None,
        description="none: a finished work, made elsewhere, that is minted as it is; beside "
        "`pieces:` it is said of all",
    )
    media: FilePath | None = Field(
        None,
        description="of a finished work, beside `image`, its cover: an MP4 or WebM, an MP3 or WAV, "
        "a GLB, or one HTML file",
    )
    traits: Annotated[dict[Line, TraitValue], AfterValidator(_no_switch)] = Field({})

    @model_validator(mode="before")
    @classmethod
    def _has_a_cover(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("media") and not given.get("image"):
            raise ValueError(
                "`media` needs `image` beside it, the picture that stands for it on walls; a "
                "picture, moving or not, is its own: write `image` instead"
            )
        return given

    @property
    def original(self) -> str:
        """The file that makes it the piece it is."""
        return self.media or self.image


class Kubo(Section):
    """A Kubo node, or a service that speaks its RPC; keys come from the environment."""

    url: Url = Field(
        "http://127.0.0.1:5001",
        description="its RPC, if it needs no token; KUBO_RPC_URL overrides it",
    )


class Pinata(Section):
    """How files are put at Pinata; the key comes from PINATA_JWT."""

    plan: Literal["free", "picnic", "fiesta"] | None = Field(
        None, description="keeps to that plan's requests a minute; default: as fast as it answers"
    )
    group: str | None = Field(None, description="id of the group that files go into")
    keyvalues: dict[str, str] = Field({})
    api_url: Url = Field(
        "https://api.pinata.cloud", description="another host only if PINATA_API_URL names it too"
    )
    uploads_url: Url = Field(
        "https://uploads.pinata.cloud",
        description="another host only if PINATA_UPLOADS_URL names it too",
    )


class PinningService(Section):
    """A service that speaks the vendor-neutral pinning API; its key is PINNING_SERVICE_TOKEN."""

    url: Url | None = Field(None, description="only a host that PINNING_SERVICE_URL names too")
    origins: tuple[str, ...] = Field((), description="multiaddresses of who holds the content")


class Pin(Section):
    to: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        ("local",),
        description="local (a blockstore and a CAR on this disk), kubo, pinata, pinning-service",
    )
    only_here: bool = Field(
        False,
        description="mint on a mainnet although nobody but this disk holds the media: until "
        "others do, buyers see nothing",
    )
    profile: Literal["kubo-v1", "unixfs-v1-2025"] = Field(
        "kubo-v1", description="how CIDs are made"
    )
    kubo: Kubo = Kubo()
    pinata: Pinata = Pinata()
    pinning_service: PinningService = PinningService()
    give_up_s: float = Field(
        300, ge=1, le=86_400, description="how long to go on with a request that fails"
    )
    wait_s: float = Field(
        60, ge=0, le=86_400, description="how long to wait for what a service has accepted only"
    )

    @property
    def on_this_disk_only(self) -> bool:
        return set(self.to) == {"local"}

    @model_validator(mode="after")
    def _only_one_of_both(self) -> Pin:
        if self.only_here and not self.on_this_disk_only:
            raise ValueError(f"only_here, and yet others are to hold it: {', '.join(self.to)}")
        return self


class Contract(Section):
    royalty_percent: Royalty = Field(
        0.0, ge=0, le=50, description="5 is 5 %; less than one with its sign: 0.5%"
    )
    max_supply: int | None = Field(None, ge=1, lt=2**48, description="default: no cap")
    external_url: Link | None = None
    address: Address | None = Field(None, description="a contract deployed before, to go on with")


class Mint(Section):
    network: str = Field("embedded", description="`nftforge networks` lists them")
    to: Receiver | None = Field(
        None,
        description="who receives the tokens: an address, an ENS name, or a CSV file with the "
        "columns piece,address; default: the signer",
    )
    placeholder: FilePath | None = Field(
        None,
        description="a picture beside this file that tokens show until `nftforge reveal`; what "
        "they really are is committed to on chain before the first is minted",
    )
    max_fee_gwei: float | None = Field(
        None, gt=0, le=1e12, description="never pay more for a gas; a run stops rather than that"
    )
    max_total_eth: float | None = Field(
        None, gt=0, le=1e18, description="never spend more on this collection, all runs together"
    )


class CustomNetwork(Section):
    """A network that nftforge does not know by name."""

    chain_id: int = Field(ge=1, lt=2**63)
    kind: Literal["dev", "testnet", "mainnet"] = Field(
        "mainnet", description="how careful to be; dev: the public test key, no questions"
    )
    rpc_env: Annotated[str, Field(pattern=RPC_VARIABLE)] | None = Field(
        None, description="environment variable of the RPC URLs; default: NAME_RPC_URL"
    )
    explorer: Url | None = None
    confirmations: int = Field(12, ge=1, le=1000, description="blocks until it counts as done")
    currency: str = Field("ETH", min_length=1, max_length=12)
    block_seconds: float = Field(12.0, gt=0, le=600)
    op_stack: bool = Field(False, description="an OP stack rollup: its L1 fee is asked for")


def _or_sources(schema: dict[str, Any]) -> None:
    """What `config.piece_sources` puts pieces in the place of."""
    source = {"type": "string", "description": "a folder, a pattern (*.png) or a table (.csv)"}
    common = {
        "type": "object",
        "properties": {"from": source},
        "required": ["from"],
        "description": "other keys are those of each piece that says nothing else",
    }
    each = {"anyOf": [schema.pop("items"), source, common]}
    listed = {"type": schema.pop("type"), "items": each, "minItems": schema.pop("minItems")}
    schema["anyOf"] = [listed, source, common]


class Collection(Section):
    """One collection, as written in collection.yaml."""

    name: Name = Field(min_length=1, max_length=100)
    symbol: Name = Field(min_length=1, max_length=16)
    description: Lines = ""
    external_url: Link | None = None
    seed: int = Field(0, ge=0, lt=2**63, description="the same seed paints the same strokes")
    paint: AnyPaint = Field(
        Paint(), description="how pieces are painted; none: they are finished works"
    )
    media: Media = Media()
    traits: Traits = Traits()
    pieces: Annotated[
        tuple[Annotated[Piece, NoFolder], ...], Field(min_length=1, strict=False), NoText
    ] = Field(json_schema_extra=_or_sources)
    numbers: Literal["from 0", "from 1"] | None = Field(
        None,
        description="what `{number}` in names, descriptions and links begins with; default: from "
        "1. Where it is said, entries by hand may use `{number}`, `{stem}` and `{Trait}` too",
    )
    pin: Pin = Pin()
    contract: Contract = Contract()
    mint: Mint = Mint()
    sale: Sale | None = None
    networks: dict[Annotated[str, Field(pattern=NETWORK_NAME)], CustomNetwork] = Field({})
    generate: Generate | None = Field(
        None, description="a set of pieces drawn from traits, after those that are written"
    )

    def is_finished(self, piece: Piece) -> bool:
        """Whether the piece is taken as it is, and not painted."""
        return isinstance(self.paint, Unpainted) or piece.paint is not None
