"""No word of pydantic's reaches anybody: each field is given what it does not take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from nftforge.cli.app import app
from nftforge.config import validation
from nftforge.config.load import load_collection, paint_options
from nftforge.config.models import Collection, Section
from nftforge.config.places import Place, Places
from nftforge.config.validation import explained, problems
from nftforge.core.errors import ConfigError

WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 5, 10**30, 0.5, -2.5, 1e300, "", " ", "x", "12", "yes", "1.5",
    "a b", "a\u202eb", "x" * 300, "javascript:alert(1)", "image:a.png", "a.png",
    [], [None], [1], ["x"], [{}], [[]], {}, {"x": 1}, {"": {}}, {"A B": {"chain_id": 5}},
    {"value": None}, {"value": [], "display_type": 1}, {"value": "x", "display_type": "number"},
    {"image": 1}, {"psnr": "x", "max_strokes": None},
)  # fmt: skip
BASE: dict[str, Any] = {"name": "N", "symbol": "S", "pieces": [{"image": "a.png", "name": "A"}]}
SLANG = re.compile(
    r"\b(tuple|dict|dictionary|int|str|bool|float|NoneType|null|parse|parsing|pydantic|validator|"
    r"instance|literal|input|regex|pattern|extra|type=|object at)\b|\^\[",
)


def places(model: type[Section], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where each key of each section goes."""
    for name, field in model.model_fields.items():
        here: tuple[str | int, ...] = (*at, name)
        yield here
        step: tuple[str | int, ...] = {"pieces": (0,), "traits": ("A",), "networks": ("own",)}.get(
            name, ()
        )
        if step:
            yield (*here, *step)
        for below in sections(field.annotation):
            yield from places(below, (*here, *step))


def sections(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for each in get_args(annotation):
        yield from sections(each)


def with_value(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The smallest collection, with `value` at `place`."""
    data = json.loads(json.dumps(BASE))
    here = data
    for step, following in pairwise(place):
        if isinstance(here, dict) and not isinstance(here.get(step), dict | list):
            here[step] = [{}] if isinstance(following, int) else {}
        here = here[step]
    here[place[-1]] = value
    return data


PLACES = [*places(Collection), ("unknown",), ("pieces", 0, "unknown"), ("x" * 300,)]


def raised() -> Iterator[ValidationError]:
    for place in PLACES:
        for value in WRONG:
            data = with_value(place, value)
            try:
                Collection.model_validate_json(json.dumps(data))
            except ValidationError as error:
                yield error


def test_no_word_of_pydantic_is_shown_whatever_stands_wherever():
    kinds: set[str] = set()
    for error in raised():
        found = problems(error)
        kinds |= {problem["type"] for problem in found}
        theirs = [problem["msg"][:14].lower() for problem in found]
        for fact in explained(Places(Place(Path("c.yaml"))), error).facts:
            said = re.sub(r"^c\.yaml:1: [^ ]*: ", "", fact.replace("x" * 300, "x"))
            assert not any(words in said.lower() for words in theirs), fact
            own = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "", said)
            assert not SLANG.search(own), fact
            assert "does not fit here" not in said, f"{fact}: {kinds}"
    assert len(kinds) > 15  # the walk reaches what there is
    assert kinds >= {"tuple_type", "model_type", "dict_type", "literal_error", "int_type"}


def test_a_kind_of_error_that_is_new_is_told_in_our_words_too():
    fact = validation.fact_of({"type": "from_next_year", "msg": "Input should rhyme", "input": 3})
    assert fact == "3 does not fit here"


def said(folder: Path, text: str) -> str:
    path = folder / "collection.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_collection(path)
    return error.value.fact


HEAD = "name: N\nsymbol: S\n"
AS_TRAIT = "name: N\nsymbol: S\npieces: [{{image: a.png, name: A, traits: {{T: {}}}}}]\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name: N,\nsymbol: S\n", "name: 'N,'"),
        ("name: N\nsymbol: S;\n", "symbol: 'S;'"),
        (f"{HEAD}pieces: [{{image: a.png, name: 'A,'}}]\n", "pieces[0].name: 'A,'"),
    ],
)
def test_a_name_does_not_end_as_a_line_of_another_language_does(tmp_path, text, where):
    assert f"{where} would be minted with its last sign" in said(tmp_path, text)


@pytest.mark.parametrize(
    ("written", "fact"),
    [
        (
            "{value: 1704067200000, display_type: date}",
            "milliseconds, write the seconds: 17040",
        ),
        ("{value: 1704067200000000, display_type: date}", "microseconds, write the seconds: 17040"),
        ("{value: 20240101, display_type: date}", "is a day of 1970; write 1704067200"),
        ("{value: 2024, display_type: date}", "is a day of 1970; write 1704067200"),
        ("{value: 7, max_value: 5}", "the value 7 is more than its `max_value`, 5"),
        ("{value: 0.05, display_type: boost_percentage}", 'write 5 for 5 %, or "0.05%"'),
        ("{value: -0.05, display_type: boost_percentage}", 'write -5 for -5 %, or "-0.05%"'),
        ("{display_type: boost_percentage}", "this key is needed"),
    ],
)
def test_a_trait_that_would_be_shown_as_another_is_refused(tmp_path, written, fact):
    assert fact in said(tmp_path, AS_TRAIT.format(written))


@pytest.mark.parametrize(
    "written",
    [
        "{value: 1704067200, display_type: date}",
        "{value: -86400, display_type: date}",
        "{value: 0, display_type: date}",
        "{value: 5, max_value: 5}",
        "{value: 0.05, display_type: number}",
        "{value: 0, display_type: boost_percentage}",
        "{value: 0.05%, display_type: boost_percentage}",
    ],
)
def test_what_is_meant_so_is_taken(tmp_path, written):
    (tmp_path / "a.png").touch()
    (tmp_path / "collection.yaml").write_text(AS_TRAIT.format(written))
    trait = load_collection(tmp_path / "collection.yaml").collection.pieces[0].traits["T"]
    assert f"{{value: {trait.value}" in written.replace("%", "")


@pytest.mark.parametrize(
    ("written", "percent"),
    [("5", 5), ("5%", 5), ("0.05%", 0.05), ("2.5 %", 2.5), ("0", 0), ("1", 1)],
)
def test_a_royalty_is_a_number_or_has_its_sign(tmp_path, written, percent):
    (tmp_path / "a.png").touch()
    path = tmp_path / "collection.yaml"
    path.write_text(f"{HEAD}{PIECES}contract: {{royalty_percent: {written}}}\n")
    assert load_collection(path).collection.contract.royalty_percent == percent


@pytest.mark.parametrize(
    ("lines", "fact"),
    [
        ("pieces: images/*.jpg", "pieces: there is no folder"),
        ("pieces: images/a.png", "is no list of pieces; write a line for each picture"),
        ("pieces: [imagery/*.png]", "there is no folder"),
        ("pieces: [images/]", "pieces[0]: there is no folder"),
        ("pieces: [images]", "is neither picture nor folder; write a line for each picture"),
        ("pieces: [a.png]", "not the text 'a.png'; write {image: a.png}"),
    ],
)
def test_folders_and_patterns_are_told_how_pieces_are_written(tmp_path, lines, fact):
    assert fact in said(tmp_path, f"name: N\nsymbol: S\n{lines}\n")


PIECES = "pieces: [{image: a.png, name: A}]\n"


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("stroks: 5", "there is no such key; did you mean `strokes`? `strokes` goes under"),
        ("strokes: 5", "there is no such key; `strokes` goes under `paint:` or `pieces:`"),
        ("title: N", "there is no such key; did you mean `name`?"),
        (
            "royalties: 5",
            "did you mean `royalty_percent`? `royalty_percent` goes under `contract:`",
        ),
        ("pin: {to: pinata}", "a list is needed, not the text 'pinata'; write [pinata]"),
        ("contract: {royalty_percent: 0.05}", 'write 5 for 5 %, or "0.05%" if it is so little'),
        ("contract: {royalty_percent: 0.075}", "write 7.5 for 7.5 %"),
        ("contract: {royalty_percent: 500}", "500 basis points are 5"),
        ("contract: {royalty_percent: 0.004%}", "less than a contract can say: 0.01% at least"),
        ('contract: {royalty_percent: "2,5%"}', "write 2.5%"),
        ('contract: {royalty_percent: "80%"}', "must be at most 50, not 80"),
        ("pin: local", "keys and values are needed, not the text 'local'"),
        ("pin: local", "write `pin: {to: [local]}`"),
        ("pin: [local, kubo]", "not a list; write `pin: {to: [local, kubo]}`"),
        ("mint: sepolia", "not the text 'sepolia'; write `mint: {network: sepolia}`"),
        ("sale: 0.05 ETH", "write `sale: {price: 0.05 ETH, until: 2027-02-01}`"),
        ("paint: {target: 28}", "keys and values are needed, not 28; write `target: {psnr: 28}`"),
        ("media: {gif: false}", "there is always a GIF, the picture that every marketplace shows"),
        ("media: {mp4: no}", "is needed; for none write false"),
        ("paint: {size: 1024px}", "not the text '1024px'; write 1024, without px"),
        ("paint: {size: 1024x768}", "write 1024, the longer side"),
        ("paint: {strokes: 1k}", "not the text '1k'; write 1000"),
        ("paint: {strokes: '1,000'}", "not the text '1,000'; write 1000"),
        ("paint: {relief: 50%}", "not the text '50%'; 50% is 0.5"),
        ("media: {gif: {max_mb: '0,5'}}", "not the text '0,5'; write 0.5"),
        ("paint: {underpainting: 8a5a3a}", 'is no colour; write "#8a5a3a"'),
        ("paint:", "keys and values are needed, and there is nothing; indent what belongs"),
        ("paint: [brush: oil]", "not a list; write `key: value` without a `- ` before it"),
        ("paint: {strokes: '12'}", "not the text '12'; write 12 without quotes"),
        ("paint: {opaque: yes}", "true or false is needed, not the text 'yes'; write true"),
        ("paint: {palette: red}", "pastel, duotone:..; or write [red]"),
        (
            "paint: {mixing: pigments}",
            "'pigments' is not one of light, pigment; did you mean `pigm",
        ),
        (
            "paint: {mixing: pigment}",
            "only colours that a palette names or lists can be mixed: `pa",
        ),
        ("paint: {palette: 6, mixing: light}", "only colours that a palette names or lists can be"),
        ("paint: {palette: [red], mixing: pigment}", "from 2 to 8 colours can be mixed, not 1"),
        ("paint: {loss: l3}", "'l3' is not one of l2, l1"),
        ("paint: {preset: 8bit}", "'8bit' is not one of 8-bit; did you mean `8-bit`?"),
        ("paint: {canvas: whit}", "'whit' is no colour; did you mean `white`?"),
        ("paint: {style: sea.jpg}", "not the text 'sea.jpg'; write {image: sea.jpg}"),
        ("paint: {style: image:sea.jpg}", "a space is missing: `image: sea.jpg`"),
        ("description: 007", 'a text is needed, and 007 without quotes is a number; write "007"'),
        ("description: [Untitled]", "a text is needed, not a list; if it is a text, put it in quo"),
        ("networks: {Foo: {chain_id: 5}}", "'Foo' is not of the form it needs: small letters"),
    ],
)
def test_what_to_write_instead_is_said(tmp_path, line, fact):
    assert f":3: {line.partition(':')[0]}" in said(tmp_path, f"{HEAD}{line}\n{PIECES}")
    assert fact in said(tmp_path, f"{HEAD}{line}\n{PIECES}")


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("sell: {price: 1 ETH}", "sell: there is no such key; did you mean `sale`?"),
        ("sale: {until: 2027-02-01, expires: x}", "sale.expires: .* did you mean `until`?"),
        ("sale: {until: 2027-02-01, min: x}", "sale.min: .* did you mean `min_price`?"),
        ("sale: {until: 2027-02-01, price: {at: 1 ETH, duration: 3 days}}", "mean `over`?"),
        ("mint: {sale: {}}", "mint.sale: .*`sale` stands at the top, not indented"),
        ("paint: {seed: 1}", "`seed` stands at the top, not indented, or under `pieces:`"),
        ("paint: {strokes: 1,000}", "a comma ends a value .*1000 for 1,000"),
        ("sale: {until: 2027-02-01, price: 0,05 ETH}", "sale.05 ETH: .*write 0.05 for 0,05"),
        ("sale: {until: 2027-02-01, price: '0,05 ETH'}", "has a comma; write 0.05 ETH"),
        ("sale: {until: 2027-02-01, price: 0.00001}", "0.00001 is a number; write 0.00001 ETH"),
        ("sale: {until: 2027-02-01, price: 1e30}", "more than 0, and 10* is a number$"),
        ("sale: {until: 2027}", "sale.until: 2027 is a number; write 2027-02-01, or"),
        (
            "sale: {until: 2027-02-01, price: {from: 2 ETH, to: 1 ETH, over: 3}}",
            "sale.price.over: 3 is a number; write 3 days",
        ),
    ],
)
def test_what_is_meant_for_a_sale_is_told(tmp_path, line, fact):
    assert re.search(fact, said(tmp_path, f"{HEAD}{line}\n{PIECES}"))


@pytest.mark.parametrize(
    ("traits", "fact"),
    [
        ("[{trait_type: Sky, value: Blue}]", "pieces[0].traits: .* write `traits: {Sky: Blue}`"),
        ("[Blue, Big]", "not a list; each trait has a name: `traits: {Sky: Blue}`"),
        ("Sky=Blue", "write `traits: {Sky: Blue}`"),
        ("{Sky: {Colour: Blue}}", "traits.Sky.Colour: there is no such key; a trait is one value"),
    ],
)
def test_traits_in_other_forms_are_told_how_they_are_written(tmp_path, traits, fact):
    told = said(tmp_path, f"{HEAD}pieces: [{{image: a.png, name: A, traits: {traits}}}]\n")
    assert re.search(re.sub(r"([\[\]{}])", r"\\\1", fact), told)
    assert "this key is needed" not in told and "palette" not in told


def test_pieces_that_are_no_list_are_told_how_one_is_written(tmp_path):
    fact = said(tmp_path, f"{HEAD}pieces:\n  image: a.png\n  name: A\n")
    assert "a list is needed, not keys and values; begin each of its items with `- `" in fact
    assert "write {image: a.png}" in said(tmp_path, f"{HEAD}pieces: [a.png]\n")


def test_attributes_as_marketplaces_have_them_are_traits(tmp_path):
    fact = said(tmp_path, f"{HEAD}pieces: [{{image: a.png, name: A, attributes: []}}]\n")
    assert ":3: pieces[0].attributes: there is no such key; did you mean `traits`?" in fact


def test_options_of_the_command_line_are_told_in_the_same_words():
    with pytest.raises(ConfigError) as error:
        paint_options({"palette": 99, "loss": "l3", "brush": None})
    assert error.value.facts == (
        "--brush: a text is needed, and there is nothing; write it, or take the key out",
        "--palette: must be at most 64, not 99",
        "--loss: 'l3' is not one of l2, l1",
    )


def test_too_many_paints_are_told_with_the_line_of_the_wish(tmp_path):
    colours = ", ".join(
        ["red", "blue", "yellow", "white", "black", "green", "brown", "pink", "tan"]
    )
    paint = f"paint:\n  palette: [{colours}]\n  mixing: pigment\n"
    fact = said(tmp_path, f"{HEAD}{paint}pieces: [{{image: a.png, name: A}}]\n")
    assert ":5: paint.mixing: from 2 to 8 colours can be mixed, not 9" in fact
    with pytest.raises(ConfigError, match="--mixing: only colours that a palette"):
        paint_options({"palette": 6, "mixing": "pigment"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "c.yaml", "--confirm-chain", "one"], "a whole number is needed, not 'one'"),
        (["stroke", "a.png", "-o", "b", "--strokes", "1.5"], "a whole number is needed, not '1.5'"),
        (["stroke", "a.png", "-o", "b", "--psnr", "high"], "a number is needed, not 'high'"),
        (["stroke", "a.png", "-o", "b", "--size", "9"], "must be at least 16, not 9"),
    ],
)
def test_numbers_on_the_command_line_are_told_in_our_words(words, said):
    with pytest.raises(Exception, match="Input should") as error:
        app(words, standalone_mode=False)
    assert validation.fact_of_option(error.value.__cause__) == said
