import json
import re

import pytest
from support import SMALL, picture, small_collection

from nftforge.config.load import load_collection, paint_options, schema
from nftforge.config.models import Video
from nftforge.core.errors import ConfigError

ZERO = "0x" + "00" * 20
EXAMPLE = """\
name: CryptoArt AI
symbol: CART
description: Crypto emblems, painted stroke by stroke.
seed: 7
paint:   {brush: oil, strokes: 500, size: 1024, canvas: white, engine: auto}
media:   {gif: {size: 512, max_mb: 10}, mp4: true}
pieces:
  - {image: images/bitcoin.png, name: BitLocker, brush: tape, traits: {Coin: Bitcoin}}
  - {image: images/ethereum.png, name: BlueEth}
pin:     {to: [local]}
contract: {royalty_percent: 5}
mint:    {network: embedded}
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("one", "two", "bitcoin", "ethereum"):
        picture(tmp_path / "images" / f"{name}.png")
    return tmp_path


def load(folder, text):
    path = folder / "collection.yaml"
    path.write_text(text)
    return load_collection(path)


def complaint(folder, text):
    with pytest.raises(ConfigError) as error:
        load(folder, text)
    return str(error.value)


def test_an_example_with_every_key_at_its_top_loads(folder):
    collection = load(folder, EXAMPLE).collection
    assert [piece.id for piece in collection.pieces] == ["bitcoin", "ethereum"]
    assert collection.media.gif.max_mb == 10 and collection.contract.royalty_percent == 5.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("strokes: 12", 'strokes: "12"', ":5: paint.strokes:"),
        (
            "strokes: 12",
            "strokes: 0",
            ":5: paint.strokes: must be at least 1, not 0",
        ),
        ("canvas: white", "canvas: whit", ":5: paint.canvas: 'whit' is no colour"),
        (
            "symbol: SML",
            "symbol: 12",
            ':2: symbol: a text is needed, and 12 without quotes is a number; write "12"',
        ),
        ("strokes: 12", "relief: 2", ":5: paint.relief: must be at most 1, not 2"),
        ("strokes: 12", "releif: 1", ":5: paint.releif: there is no such key; did you mean"),
        ("strokes: 12", "surface: canvass", ":5: paint.surface: 'canvass' is not one of"),
        ("name: Two", "surface: papper", "paper, none; did you mean `paper`?"),
        ("mp4: false", "hight: true", ":6: media.hight: there is no such key; did you mean `hei"),
        ("seed: 3", "sead: 3", ":4: sead: there is no such key"),
        ("name: Two", "nam: Two", ":9: pieces[1].nam: there is no such key"),
        ("name: Two", "nam: Two", ":9: pieces[1].name: this key is needed"),
        ("two.png", "three.png", ":9: pieces[1].image: there is no picture"),
        ("name: Two", "name: Two, id: one", ":9: pieces[1].id: the id 'one' is already"),
        ("Kind: first", "Kind: [1]", ":8: pieces[0].traits.Kind: a text, a number"),
        (
            "Kind: first",
            "Kind: {value: 1, display_type: nmber}",
            ":8: pieces[0].traits.Kind.display_type",
        ),
        (
            "Kind: first",
            "auto: false",
            ":8: pieces[0].traits: auto: false would be minted as a trait here",
        ),
        ("seed: 3", "traits: {Kind: first}", ":4: traits.Kind: there is no such key"),
        ("seed: 3", "seed: 3\nseed: 4", ":5: the key 'seed' is given twice"),
        ("seed: 3", "seed: 99999999999999999999", ":4: seed:"),
        ("seed: 3", "seed: .nan", ":4: seed:"),
        ("seed: 3", "seed: !!python/name:os.system", "is not used here"),
        ("network: embedded", "network: embedded, to: 0x12", ":10: mint.to: '0x12' is no address"),
        ("network: embedded", "network: embedded, to: 0x0", ":10: mint.to: '0x0' is no address"),
        (
            "network: embedded",
            f"network: embedded, to: {ZERO}",
            f":10: mint.to: {ZERO} is the zero",
        ),
        ("network: embedded", f"network: embedded, to: '{ZERO}'", f":10: mint.to: {ZERO} is the"),
        (
            "seed: 3",
            f"seed: 3\ncontract: {{address: {ZERO}}}",
            f":5: contract.address: {ZERO} is the zero address",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(folder, old, new, said):
    text = SMALL.format(network="embedded")
    assert old in text
    assert said in complaint(folder, text.replace(old, new))


def test_a_placeholder_that_is_not_there_is_named_with_its_line(tmp_path):
    path = small_collection(tmp_path)
    text = path.read_text().replace("embedded}", "embedded, placeholder: hidden.png}")
    path.write_text(text)
    with pytest.raises(
        ConfigError, match=rf"yaml:{len(text.splitlines())}: mint.placeholder: ther"
    ):
        load_collection(path)
    picture(tmp_path / "hidden.png")
    assert load_collection(path).collection.mint.placeholder == "hidden.png"


def test_every_mistake_is_named_at_once(folder):
    text = (
        SMALL.format(network="embedded").replace("strokes: 12", "strokes: -1").replace("SML", "''")
    )
    said = complaint(folder, text)
    assert "symbol" in said and "paint.strokes" in said


def test_a_list_is_no_collection(folder):
    assert "a collection is a mapping" in complaint(folder, "- a\n- b\n")


def test_anchors_and_merge_keys_work(folder):
    text = SMALL.format(network="embedded").replace(
        "pieces:\n", "x-shared: &shared {brush: tape, traits: {Kind: shared}}\npieces:\n"
    )
    text = text.replace("name: Two}", "name: Two, <<: *shared}")
    collection = load(folder, text).collection
    assert collection.pieces[1].brush == "tape"
    assert collection.pieces[1].traits == {"Kind": "shared"}


def test_words_stay_words(folder):
    text = SMALL.format(network="embedded").replace(
        "Kind: first", "Kind: no, Day: 2026-11-23, Code: 1:30"
    )
    traits = load(folder, text).collection.pieces[0].traits
    assert traits == {"Kind": "no", "Day": "2026-11-23", "Code": "1:30"}


def test_a_preset_gives_way_to_what_is_said(folder):
    text = EXAMPLE.replace("brush: oil, ", "preset: 8-bit, palette: 4, ")
    paint = load(folder, text).collection.paint
    assert (paint.brush, paint.lattice, paint.opaque, paint.palette) == ("tape", 64, True, 4)


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="nftforge init"):
        load_collection(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="is a folder"):
        load_collection(tmp_path)


def test_the_schema_names_every_key_of_the_example(folder):
    text = json.dumps(schema())
    for key in ("royalty_percent", "max_mb", "traits", "network", "profile", "hold_ms"):
        assert f'"{key}"' in text


def test_the_small_collection_of_the_tests_loads(tmp_path):
    assert len(load_collection(small_collection(tmp_path)).collection.pieces) == 2


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("true", Video()),
        ("false", None),
        ("{max_mb: 2, smooth: false}", Video(max_mb=2, smooth=False)),
        ("{size: 720}", Video(size=720)),
    ],
)
def test_a_video_is_wanted_or_not_or_described(tmp_path, given, wanted):
    path = small_collection(tmp_path)
    text = path.read_text().replace("mp4: false", f"mp4: {given}, webm: {given}")
    path.write_text(text)
    media = load_collection(path).collection.media
    assert media.mp4 == wanted and media.webm == wanted


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("yes", "media.mp4: true, false or {size, max_mb, smooth} is needed"),
        ("", "media.mp4: true, false or {size, max_mb, smooth} is needed"),
        ("{max_mb: 0}", "media.mp4.max_mb: must be more than 0, not 0"),
        ("{crf: 18}", "media.mp4.crf: there is no such key"),
    ],
)
def test_a_video_that_makes_no_sense_is_refused(tmp_path, given, said):
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace("mp4: false", f"mp4: {given}"))
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_collection(path)


def test_a_palette_of_colours_is_taken_as_the_readme_shows_it(folder):
    text = EXAMPLE.replace("brush: oil, ", 'brush: oil, palette: [red, "#102030"], ')
    assert load(folder, text).collection.paint.palette == ("red", "#102030")
    assert paint_options({"palette": ["red", "#102030"]}).palette == ("red", "#102030")


@pytest.mark.parametrize(
    ("palette", "fact"), [("[]", "at least one is needed"), ("[nocolour]", "is no colour")]
)
def test_a_palette_that_is_none_is_told_in_one_line(folder, palette, fact):
    text = EXAMPLE.replace("brush: oil, ", f"brush: oil, palette: {palette}, ")
    with pytest.raises(ConfigError, match=fact) as told:
        load(folder, text)
    assert len(told.value.fact.splitlines()) == 1
