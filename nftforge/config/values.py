"""Single values of a collection file: each a type that says in an artist's words what is wrong.

What is minted cannot be taken back, so what nobody would write on purpose is refused: letters that
cannot be seen, addresses that a browser would run, colours that are none. Sources: EIP-55, EIP-721,
https://docs.opensea.io/docs/metadata-standards
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeGuard
from urllib.parse import urlsplit

from PIL import ImageColor
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from nftforge.core.errors import quoted
from nftforge.core.limits import NAME_BYTES
from nftforge.core.nearest import suggestion
from nftforge.core.text import is_blank, unseen_in
from nftforge.core.urls import origin
from nftforge.painting.palettes import DUOTONE, palette_names

PATH_BYTES = 4_000  # of a whole path; a disk takes 4,096 with the folder it is in
TABLES = (".csv", ".tsv", ".txt")  # endings of files that `config.table` reads
WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
SHORT = 60  # letters of a value that are repeated; what is longer is described


# --- texts that are minted ----------------------------------------------------------------------


def _line(text: str) -> str:
    if is_blank(text):
        raise ValueError("this is empty, or nothing in it can be seen; write what buyers shall see")
    return _seen(text, lines=False)


def _lines(text: str) -> str:
    return _seen(text, lines=True)


def _seen(text: str, *, lines: bool) -> str:
    if found := unseen_in(text, lines=lines):
        raise ValueError(f"this holds what nobody can see: {found}; take it out, or type it anew")
    return text


def _name(text: str) -> str:
    if text.rstrip().endswith((",", ";")):
        raise ValueError(f"{quoted(text)} would be minted with its last sign; take that out")
    return text


Line = Annotated[str, AfterValidator(_line)]
Name = Annotated[Line, AfterValidator(_name)]
Lines = Annotated[str, AfterValidator(_lines)]


def _simple(given: object) -> object:
    """What a trait may be."""
    if isinstance(given, str):
        return _line(given)
    if not isinstance(given, bool | int | float):
        raise ValueError("a text, a number, true or false is needed" + _instead(given))
    return given


def _number(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError("a number is needed" + _instead(given))
    return given


def _instead(given: object) -> str:
    """What stands there instead."""
    if given is None:
        return ', and there is nothing; write "..." or take the key out'
    if isinstance(given, str):
        return f", not the text {quoted(given)}"
    kind = "a list" if isinstance(given, list | tuple) else "keys and values"
    return f", not {kind}" if isinstance(given, dict | list | tuple) else f", not {given}"


Simple = Annotated[str | int | float | bool, BeforeValidator(_simple)]
Number = Annotated[int | float, BeforeValidator(_number)]

# --- percents -----------------------------------------------------------------------------------

PERCENT = re.compile(r"\s*(-?[0-9]+(?:[.,][0-9]+)?)\s*%\s*", re.ASCII)


def percent(given: object) -> object:
    """A number of percent, or a text with the sign, such as 2.5%. Half the world writes 0.05 for
    5 %, so what is less than one needs the sign."""
    if isinstance(given, str) and (found := PERCENT.fullmatch(given)):
        if "," in given:
            raise ValueError(f"{quoted(given)} has a comma; write {given.replace(',', '.')}")
        number = float(found[1])
        return int(number) if number.is_integer() else number
    if isinstance(given, int | float) and 0 < abs(given) < 1:
        hundredfold = f"{given * 100:.10g}"
        raise ValueError(
            f"{given} is {given} %, not {hundredfold} %: write {hundredfold} for {hundredfold} %, "
            f'or "{given}%" if it is so little'
        )
    return given


def _royalty(given: object) -> object:
    share = percent(given)
    if isinstance(share, float) and 0 < share < 0.01:
        raise ValueError(f"{given} is less than a contract can say: 0.01% at least, or 0")
    if isinstance(share, int | float) and 100 <= share <= 5_000:
        raise ValueError(
            f"must be at most 50, not {given}; {given} basis points are {share / 100:g}"
        )
    return share


Royalty = Annotated[
    float,
    BeforeValidator(
        _royalty,
        json_schema_input_type=Annotated[float, Field(ge=0, le=50)]
        | Annotated[str, Field(pattern=PERCENT.pattern)],
    ),
]

# --- colours ------------------------------------------------------------------------------------


def _colour(text: str) -> str:
    try:
        ImageColor.getrgb(text)
    except ValueError:
        meant = suggestion(text, ImageColor.colormap).rstrip()
        if re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", text):
            meant = f'write "#{text}"'
        ask = f"; {meant}" if meant else "; write a CSS name or #rrggbb"
        raise ValueError(f"{quoted(text)} is no colour{ask}") from None
    return text


def _canvas(text: str) -> str:
    return text if text == "transparent" else _colour(text)


def _six_digits(text: str) -> str:
    """As marketplaces want it: six hex digits without #."""
    bare = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", bare):
        bare = f"#{bare}"
    rgb = ImageColor.getrgb(_colour(bare))
    if len(rgb) > 3:
        raise ValueError(f"{quoted(text)} says how transparent it is; a background is not: #rrggbb")
    return "{:02x}{:02x}{:02x}".format(*rgb)


Colour = Annotated[str, AfterValidator(_colour)]
Canvas = Annotated[str, AfterValidator(_canvas)]
SixDigits = Annotated[str, AfterValidator(_six_digits)]


def _palette(given: object) -> object:
    needed = "a number of colours, a list of them, or a palette's name is needed"
    if isinstance(given, str):
        return _named_palette(given, needed)
    if isinstance(given, bool | float | dict):
        raise ValueError(f"{needed}, the number from 1 to 64")
    return given


def _named_palette(given: str, needed: str) -> str:
    """A palette's name, or `duotone:` and its ends, with no spaces."""
    text = given.lower().replace(" ", "")
    if text in palette_names():
        return text
    name, _, ends = text.partition(":")
    if name == DUOTONE:
        colours = [_colour(end) for end in ends.split(",") if end]
        if len(colours) != 2:
            raise ValueError(f"a duotone has two colours; write {DUOTONE}:#102030,#f0e0d0")
        return f"{DUOTONE}:{','.join(colours)}"
    if len(given) > SHORT:
        raise ValueError(needed)
    if meant := suggestion(text, [*palette_names(), DUOTONE]).rstrip():
        raise ValueError(f"{quoted(given)} is no palette; {meant}")
    raise ValueError(f"{needed}: {', '.join(palette_names())}, {DUOTONE}:..; or write [{given}]")


def _kind_of_palette(given: object) -> str:
    if isinstance(given, list | tuple):
        return "colours"
    return "name" if isinstance(given, str) else "count"


Palette = Annotated[
    Annotated[int, Field(ge=1, le=64), Tag("count")]
    | Annotated[tuple[Colour, ...], Field(min_length=1, strict=False), Tag("colours")]
    | Annotated[str, Tag("name")],
    Discriminator(_kind_of_palette),
    BeforeValidator(_palette),
]

# --- addresses ----------------------------------------------------------------------------------


def check_address(text: str) -> str:
    """An address as it stands, of somebody; in mixed case its checksum must be right (EIP-55)."""
    from eth_utils import is_checksum_address

    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise ValueError(f"{quoted(text)} is no address: 0x and 40 hex digits{_miswritten(text)}")
    digits = text[2:]
    if int(digits, 16) == 0:  # the contract reverts, and the gas is gone
        raise ValueError(f"{text} is the zero address, which is nobody's; give somebody's")
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        raise ValueError(f"{text} has a wrong checksum (EIP-55): a digit or its case is off")
    return text


def _miswritten(text: str) -> str:
    """How it nearly is one."""
    if re.fullmatch(r"0X[0-9a-fA-F]{40}", text):
        return "; write the x small"
    if re.fullmatch(r"[0-9a-fA-F]{40}", text):
        return "; 0x is missing before it"
    if re.fullmatch(r"0x[0-9a-fA-F]{30,50}", text):
        return f"; these are {len(text) - 2}"
    return ""


def is_table(receiver: str) -> bool:
    """Whether `mint.to` names a file, rather than somebody."""
    return receiver.lower().endswith(TABLES)


def _receiver(text: str) -> str:
    if text.lower().endswith(WORKBOOKS):
        raise ValueError(f"{quoted(text)} is a workbook; save it as `CSV UTF-8`, and name that")
    if is_table(text):
        return _file(text)
    if len(text) > NAME_BYTES:  # longer than any name in the DNS, and so in ENS
        raise ValueError(f"{quoted(text)} is no name")
    return name_or_address(text)


def name_or_address(text: str) -> str:
    """An address, checked, or an ENS name, of which only the chain knows more."""
    if "." not in text or text.lower().startswith("0x"):
        return check_address(text)
    if found := unseen_in(text):
        raise ValueError(f"this ENS name holds what nobody can see: {found}")
    if re.search(r"[\s/\\:@,;]", text) or not all(text.split(".")):
        raise ValueError(f"{quoted(text)} is no ENS name, such as artist.eth, and no address")
    return text


Address = Annotated[str, AfterValidator(check_address)]
Receiver = Annotated[str, AfterValidator(_receiver)]

# --- files --------------------------------------------------------------------------------------


ONE_BY_ONE = (
    "write a line for each picture, `- {image: images/sun.png, name: Sun}`, or name a folder "
    "(images/), images/*.png or a table (pieces.csv)"
)


def _no_folder(given: object) -> object:
    """Of one of the pieces."""
    if isinstance(given, str) and not re.search(r"\.\w+$", given):
        raise ValueError(f"{quoted(given)} is neither picture nor folder; {ONE_BY_ONE}")
    return given


def _no_text(given: object) -> object:
    """Of `pieces:`."""
    if isinstance(given, str):
        raise ValueError(f"{quoted(given)} is no list of pieces; {ONE_BY_ONE}")
    return given


def is_tip(brush: str) -> bool:
    """Whether a brush is named by the picture of its tip."""
    return brush.lower().endswith(".png")


def _file(text: str) -> str:
    """A path that a file can have (POSIX: PATH_MAX, NAME_MAX)."""
    parts = text.encode().split(b"/")
    if "\0" in text or len(text.encode()) > PATH_BYTES or max(map(len, parts)) > NAME_BYTES:
        raise ValueError(f"{quoted(text)} is no path of a file")
    return text


def _brush(text: str) -> str:
    return _file(text) if is_tip(text) else text


def is_mask(focus: str | None) -> TypeGuard[str]:
    """Whether a focus is the path of a mask."""
    return focus is not None and focus != AUTO


def _focus(text: str) -> str:
    if text.lower() in (AUTO, "automatic", "on", "yes", "true"):
        return AUTO
    if "." not in text and "/" not in text:
        raise ValueError(f"{quoted(text)} is no focus; write auto, or the path of a mask")
    return _file(text)


AUTO = "auto"


NoFolder = BeforeValidator(_no_folder)
NoText = BeforeValidator(_no_text)
FilePath = Annotated[str, Field(min_length=1), AfterValidator(_file)]
Brush = Annotated[str, AfterValidator(_brush)]
Focus = Annotated[str, Field(min_length=1), AfterValidator(_focus)]

# --- links --------------------------------------------------------------------------------------


def _url(text: str) -> str:
    """Of a service."""
    parts = _parts(text)
    if parts is None or origin(text) is None:
        raise ValueError(f"{quoted(text)} is no http or https address{_with_scheme(text)}")
    if "@" in parts.netloc:
        raise ValueError("a user and password belong into .env, not into this file")
    return text


def _link(text: str) -> str:
    """What buyers are to follow."""
    parts = _parts(text)
    scheme = parts.scheme if parts else ""
    known = scheme in ("http", "https", "ipfs")
    if parts is None or not (known and parts.netloc):
        if scheme and not known and not _with_scheme(text):
            raise ValueError(f"{scheme}: is no link that buyers can follow; https://... is one")
        raise ValueError(f"{quoted(text)} is no link, such as https://...{_with_scheme(text)}")
    if "@" in parts.netloc:
        raise ValueError("everybody would see the user and the password in this link")
    return text


def _parts(text: str) -> Any:
    """Of a URL; None if it is none."""
    if found := unseen_in(text):
        raise ValueError(f"this holds what nobody can see: {found}")
    if re.search(r"\s", text):
        raise ValueError(f"{quoted(text)} holds a space; a link has none, write %20")
    try:
        return urlsplit(text)
    except ValueError:  # [ without ]
        return None


def _with_scheme(text: str) -> str:
    """What to write, if only the https:// is missing."""
    bare = re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#].*)?", text)
    return f"; write https://{text}" if bare and len(text) <= SHORT else ""


Url = Annotated[str, AfterValidator(_url)]
Link = Annotated[str, AfterValidator(_link)]
