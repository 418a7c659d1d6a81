"""The page in a real browser: what a visitor sees, does, and is kept from."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from support import ROOT
from support.gallery_pages import LIGHT, SCRIPT, WEATHER, piece
from support.gallery_pages import page as page_of

from nftforge.gallery.models import MediaFile

pytestmark = pytest.mark.browser

AXE = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = ("#/", "#/piece/3", "#/rarity", "#/checks")


def weather(at: int) -> str:
    return WEATHER[at % len(WEATHER)]


def light(at: int) -> str:
    return LIGHT[at % len(LIGHT)]


def names(page) -> list[str]:
    """Of the cards that exist, in order."""
    return page.locator(".wall .name").all_inner_texts()


# --- the wall -----------------------------------------------------------------------------------


def test_the_wall_shows_still_name_token_and_owner(visitor, tides):
    page = visitor(tides).go()
    card = page.locator(".card").first
    assert card.locator("img").get_attribute("src") == "preview/1.webp"
    assert card.inner_text().split() == ["Tide", "1", "#1", "0x7099…79C8"]
    assert page.locator("#shown").inner_text() == "24 pieces"
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")


def test_pieces_not_minted_yet_say_so(visitor, tides):
    page = visitor(tides).go()
    page.locator("#search").fill("tide 22")
    expect(page.locator(".token")).to_have_count(1)
    expect(page.locator(".token")).to_have_text("#22, not minted yet")
    page.locator("#search").fill("tide 24")
    expect(page.locator(".name")).to_have_text(["Tide 24"])
    expect(page.locator(".token")).to_have_text("not minted yet")
    page.locator(".card").click()
    expect(page.locator(".badge")).to_contain_text("Not minted yet")


def test_search_finds_names_ids_owners_and_traits(visitor, tides):
    page = visitor(tides).go()
    stormy = [at for at in range(1, 25) if weather(at) == "Storm" and light(at) == "Noon"]
    for words, count in (
        ("tide 17", 1), ("#5", 1), ("0x7099", 12), ("TIDE 22", 1), ("storm noon", len(stormy)),
    ):  # fmt: skip
        page.locator("#search").fill(words)
        expect(page.locator("#shown")).to_have_text(f"{count} of 24 pieces")
    page.locator("#search").fill("nothing like that")
    expect(page.locator("#nothing")).to_be_visible()
    page.locator("#clear").click()
    expect(page.locator("#shown")).to_have_text("24 pieces")


def test_filters_of_one_trait_add_up_and_of_two_narrow(visitor, tides):
    page = visitor(tides).go()
    boxes = page.get_by_role("complementary", name="Filter by trait")
    boxes.get_by_label("Storm").check()
    expect(page.locator("#shown")).to_have_text("5 of 24 pieces")
    boxes.get_by_label("Squall").check()
    expect(page.locator("#shown")).to_have_text("10 of 24 pieces")
    boxes.get_by_label("Noon").check()
    left = [at for at in range(1, 25) if weather(at) != "Calm" and light(at) == "Noon"]
    expect(page.locator("#shown")).to_have_text(f"{len(left)} of 24 pieces")
    page.locator(".facet", has_text="Strokes").locator("summary").click()
    boxes.get_by_label("from").fill("118")
    left = [at for at in left if at >= 18]
    expect(page.locator("#shown")).to_have_text(f"{len(left)} of 24 pieces")


def test_sorting_by_name_knows_numbers_and_by_rarity_follows_the_ranks(visitor, tides):
    page = visitor(tides).go()
    page.locator("#sort").select_option("name")
    page.wait_for_timeout(50)
    assert names(page)[:3] == ["Tide 1", "Tide 2", "Tide 3"]
    page.locator("#sort").select_option("rarity")
    page.wait_for_timeout(50)
    rank = "Gallery.pieces.toSorted((a, b) => a.rank - b.rank || a.index - b.index)[0].name"
    assert names(page)[0] == page.evaluate(rank)


def test_a_card_plays_while_it_is_pointed_at_or_focused(visitor, tides):
    page = visitor(tides).go()
    card = page.locator(".card").first
    card.hover()
    expect(card.locator(".moving")).to_have_attribute("src", "media/1.gif")
    expect(card.locator(".moving")).to_be_visible()
    expect(card.locator("img").first).to_be_hidden()
    page.mouse.move(2, 2)
    expect(card.locator(".moving")).to_have_count(0)
    expect(card.locator("img")).to_be_visible()
    page.locator("#sort").focus()
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('.card')"):
        page.keyboard.press("Tab")
    expect(card.locator(".moving")).to_have_count(1)


PASS_OVER = """for (const card of document.querySelectorAll(".card"))
  for (const type of ["pointerenter", "pointerleave"])
    card.dispatchEvent(new PointerEvent(type, {pointerType: "mouse"}))"""


def test_a_card_that_is_only_passed_over_keeps_its_picture(visitor, tides):
    visit = visitor(tides)
    page = visit.go()
    page.evaluate(PASS_OVER)
    page.wait_for_timeout(400)
    assert page.locator(".moving").count() == 0
    assert [url for url in visit.seen.requests if url.endswith(".gif")] == []


def test_the_first_view_is_painted_whole_and_scrolling_waits_for_no_picture(visitor, many):
    """Decoded later, a picture is blank in the first frame: whoever looks then sees none."""
    page = visitor(many).go()
    decoding = "[...new Set([...document.querySelectorAll('.mat img')].map((i) => i.decoding))]"
    assert page.evaluate(decoding) == ["sync"]
    page.evaluate("scrollTo(0, 60000)")
    page.wait_for_timeout(80)
    assert page.evaluate(decoding) == ["async"]


def test_nothing_moves_by_itself_for_those_who_ask_for_stillness(visitor, tides):
    page = visitor(tides, reduced_motion="reduce").go()
    page.locator(".card").first.hover()
    page.wait_for_timeout(200)
    assert page.locator(".moving").count() == 0
    page.goto(page.url.split("#")[0] + "#/piece/3")
    expect(page.locator(".ways [aria-pressed=true]")).to_have_text("Finished")


# --- a piece ------------------------------------------------------------------------------------


def test_a_piece_is_shown_finished_and_in_motion_for_whoever_asks(visitor, tides):
    page = visitor(tides).go("#/piece/3")
    expect(page.locator(".ways [aria-pressed=true]")).to_have_text("Finished")
    expect(page.locator(".frame img")).to_have_attribute("src", "media/3.png")
    page.get_by_role("button", name="In motion").click()
    expect(page.locator(".frame img")).to_have_attribute("src", "media/3.gif")
    expect(page.locator(".frame img")).to_have_attribute("alt", "Tide 3, being painted")
    page.get_by_role("button", name="Finished").click()
    expect(page.locator(".frame img")).to_have_attribute("src", "media/3.png")


def test_the_finished_picture_stays_until_there_is_something_of_the_film(visitor, tides):
    page = visitor(tides).go("#/piece/4")
    held = []
    page.route("**/media/4.gif", lambda route: held.append(route))
    page.get_by_role("button", name="In motion").click()
    page.wait_for_timeout(200)
    expect(page.locator(".frame img")).to_have_attribute("src", "media/4.png")
    held.pop().continue_()
    expect(page.locator(".frame img")).to_have_attribute("src", "media/4.gif")


def test_a_preview_stands_for_a_picture_that_is_on_its_way(visitor, tides):
    page = visitor(tides).go()
    held = []
    page.route("**/media/5.png", lambda route: held.append(route))
    page.get_by_role("link", name="Tide 5.").click()
    expect(page.locator(".frame img")).to_have_attribute("src", "preview/5.webp")
    held.pop().continue_()
    expect(page.locator(".frame img")).to_have_attribute("src", "media/5.png")


def test_what_is_not_painted_yet_shows_its_source_and_its_traits(visitor, unfinished):
    page = visitor(unfinished).go()
    card = page.locator(".card", has_text="Tide 2")
    expect(card.locator("img")).to_have_attribute("src", "source/2.webp")
    expect(card.locator(".token")).to_have_text("not painted yet")
    card.click()
    expect(page.locator(".badge")).to_have_text("Not painted yet")
    expect(page.get_by_alt_text("The source picture of Tide 2")).to_be_visible()
    expect(page.locator(".trait", has_text="Weather")).to_be_visible()
    assert page.get_by_role("button", name="Finished").count() == 0


def test_what_did_not_come_is_a_drawing_with_words_and_no_broken_picture(visitor, unfinished):
    page = visitor(unfinished).go()
    card = page.locator(".card", has_text="Tide 3")
    assert card.locator("img").count() == 0
    expect(card.get_by_role("img", name="Tide 3.")).to_contain_text("No picture came")
    card.click()
    expect(page.locator(".frame .placeholder")).to_have_text("No picture came")


def test_a_file_that_is_gone_leaves_a_drawing(visitor, tmp_path):
    page_of(tmp_path, [piece(1), piece(2)])
    for name in ("preview/1.webp", "media/2.png", "preview/2.webp"):
        (tmp_path / name).unlink()
    visit = visitor(tmp_path)
    page = visit.go()
    expect(page.locator(".placeholder")).to_have_count(2)
    expect(page.locator(".placeholder").first).to_have_text("The picture did not come")
    page = visit.go("#/piece/2")
    expect(page.locator(".frame .placeholder")).to_be_visible()
    assert page.evaluate("[...document.images].every((i) => i.naturalWidth > 0)")
    visit.seen.errors.clear()  # the browser's own, of files that are not there


def test_a_piece_has_an_address_and_shows_all_that_can_be_looked_up(visitor, tides):
    visit = visitor(tides)
    page = visit.go("#/piece/7")
    expect(page.locator("h2")).to_have_text("Tide 7")
    assert page.title() == "Tide 7 · Tides"
    text = page.locator("main").inner_text()
    share = f"{100 * sum(weather(at) == weather(7) for at in range(1, 25)) / 24:.0f} %"
    for fact in ("Owned by", "5 % to", "sepolia, chain 11155111", "/7.json", f"{share} have this"):
        assert fact in text
    assert page.locator(".markdown strong").inner_text() == "painted"
    page.locator(".json summary").click()
    shown = json.loads(page.locator(".json pre").inner_text())
    assert shown["name"] == "Tide 7"
    links = page.locator("main a[href^='https://sepolia.etherscan.io/']")
    assert links.count() == 3
    assert all("noopener" in a.get_attribute("rel") for a in links.all())
    page.get_by_role("link", name="Next →").click()
    expect(page.locator("h2")).to_have_text("Tide 8")
    page.go_back()
    expect(page.locator("h2")).to_have_text("Tide 7")


def test_a_film_that_cannot_be_played_gives_way_to_the_gif(visitor, tmp_path):
    film = MediaFile("ipfs://x", "video/mp4", 9, file="media/broken.mp4")
    page_of(tmp_path, [piece(1, animation=film)])
    (tmp_path / "media" / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom no film")
    page = visitor(tmp_path).go("#/piece/1")
    page.get_by_role("button", name="In motion").click()
    expect(page.locator(".frame img")).to_have_attribute("src", "media/1.gif")


def test_cids_are_copied_whole(visitor, tides):
    page = visitor(tides, permissions=["clipboard-read", "clipboard-write"]).go("#/piece/7")
    page.get_by_label("Copy CID of the image").click()
    expect(page.locator("#status")).to_have_text("CID of the image: Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("bafkreifnv6")


def test_an_address_of_no_piece_says_so(visitor, tides):
    page = visitor(tides).go("#/piece/999")
    expect(page.locator("h2")).to_have_text("There is no piece 999")


def test_rarity_is_a_chart_and_the_same_as_a_table(visitor, tides):
    page = visitor(tides).go("#/rarity")
    assert page.locator(".chart .bar-mark").count() == 24
    ranks = page.locator("tbody").first.locator("td:first-child").all_inner_texts()
    assert len(ranks) == 24 and ranks[0] == "1" and ranks == sorted(ranks, key=int)


def test_checks_name_the_rule_the_fix_and_the_pieces(visitor, hostile):
    page = visitor(hostile).go("#/checks")
    found = page.locator(".complaint", has_text="Attributes that a marketplace cannot show")
    expect(found).to_contain_text("Mend it:")
    assert found.locator("a[href^='#/piece/']").count() == 2


# --- for others ---------------------------------------------------------------------------------


def test_a_page_for_others_has_no_checks_and_no_source_pictures(visitor, published):
    page = visitor(published).go()
    assert page.locator(".tabs a").all_inner_texts() == ["Pieces", "Rarity"]
    assert page.evaluate("[Gallery.collection.checks, Gallery.more.lint]") == [None, None]
    page = visitor(published).go("#/checks")
    expect(page.locator(".wall")).to_be_visible()
    page = visitor(published).go("#/piece/1")
    expect(page.get_by_role("button", name="In motion")).to_be_visible()
    assert page.get_by_role("button", name="Source picture").count() == 0
    assert "machine" not in page.locator("main").inner_text()


def test_what_is_not_painted_yet_is_a_drawing_to_others(visitor, published):
    page = visitor(published).go("#/piece/new-3")
    expect(page.locator(".frame .placeholder")).to_have_text("Not painted yet")
    expect(page.locator(".trait", has_text="Weather")).to_be_visible()


def test_one_piece_is_one_piece(visitor, tmp_path):
    page_of(tmp_path, [piece(1, {"background_color": "#fff"})])
    for view in ("#/", "#/piece/1", "#/rarity", "#/checks"):
        text = visitor(tmp_path).go(view).locator("body").inner_text()
        assert not re.search(r"\b1 (pieces|strokes|problems|values)", text), view


# --- by keyboard, by ear, in any light ----------------------------------------------------------


def test_every_picture_is_told_in_words(visitor, tides):
    page = visitor(tides).go()
    first = page.locator(".mat img").first
    expect(first).to_have_attribute("alt", "Tide 1. Weather: Calm, Light: Noon, Strokes: 101")
    assert page.evaluate("[...document.images].every((image) => image.alt)")
    name = re.compile("^Tide 1. Weather: Calm, Light: Noon, Strokes: 101 #1 0x7099…79C8$")
    expect(page.get_by_role("link", name=name)).to_have_count(1)
    page = visitor(tides).go("#/piece/1")
    expect(page.locator(".frame img")).to_have_attribute(
        "alt", "Tide 1. A sea, painted. Weather: Calm, Light: Noon, Strokes: 101"
    )


def test_arrows_lead_from_piece_to_piece_in_the_order_of_the_wall(visitor, tides):
    page = visitor(tides).go()
    page.locator("#sort").select_option("rarity")
    page.wait_for_timeout(50)
    order = page.evaluate("Gallery.filtered().map((one) => one.name)")
    page.locator(".card").first.click()
    expect(page.locator("h2")).to_have_text(order[0])
    for key, name in (
        ("ArrowRight", order[1]), ("ArrowRight", order[2]), ("ArrowLeft", order[1]),
        ("ArrowLeft", order[0]), ("ArrowLeft", order[0]),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator("h2")).to_have_text(name)
        expect(page).to_have_title(f"{name} · Tides")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("End")  # is the page's own
    page.keyboard.press("Home")
    expect(page.locator(".wall")).to_be_visible()
    expect(page).to_have_title("Tides")


def test_a_piece_reached_by_arrows_is_in_sight_on_the_wall_again(visitor, tides):
    page = visitor(tides, viewport={"width": 800, "height": 600}).go()
    page.locator(".card").first.click()
    expect(page.locator("h2")).to_have_text("Tide 1")  # until then the wall has the keys
    for number in range(2, 20):
        page.keyboard.press("ArrowRight")
        expect(page.locator("h2")).to_have_text(f"Tide {number}")
    page.keyboard.press("Escape")
    card = page.locator(".card", has_text="Tide 19")
    expect(card).to_be_focused()
    expect(card).to_be_in_viewport()


def test_keys_of_whoever_types_or_moves_a_slider_stay_theirs(visitor, tides):
    page = visitor(tides).go("#/piece/3")
    expect(page.locator("h2")).to_have_text("Tide 3")
    page.evaluate(
        "document.querySelector('.label').append(Gallery.el('input', {id: 'own', value: 'ab'}))"
    )
    page.locator("#own").focus()
    for key in ("ArrowRight", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("h2")).to_have_text("Tide 3")
    page.locator("h2").focus()
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator("h2")).to_have_text("Tide 3")


def test_landmarks_and_groups_have_names(visitor, tides):
    page = visitor(tides).go()
    for role, name in (
        ("navigation", "Views"), ("search", None), ("complementary", "Filter by trait"),
        ("list", "Pieces"), ("main", None), ("banner", None),
    ):  # fmt: skip
        given = {"name": name} if name else {}
        expect(page.get_by_role(role, **given)).to_have_count(1)
    page = visitor(tides).go("#/piece/3")
    expect(page.get_by_role("article", name="Tide 3")).to_have_count(1)
    for role, name in (
        ("navigation", "Other pieces"), ("region", "The picture"),
        ("group", "How to look at it"),
    ):  # fmt: skip
        expect(page.get_by_role(role, name=name)).to_have_count(1)


def test_what_has_the_focus_is_seen(visitor, tides):
    page = visitor(tides).go("#/piece/3")
    expect(page.locator("h2")).to_have_text("Tide 3")
    ring = "getComputedStyle(document.activeElement).outlineWidth"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate(ring) == "3px"


def test_the_wall_is_one_tab_stop_and_arrows_walk_it(visitor, tides):
    page = visitor(tides).go()
    assert page.locator(".card[tabindex='0']").count() == 1
    page.locator(".card[tabindex='0']").focus()
    focused = "document.activeElement.querySelector('.name').innerText"
    columns = page.evaluate(
        "new Set([...document.querySelectorAll('.wall li')]"
        ".map((li) => li.getBoundingClientRect().left)).size"
    )
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "Tide 2"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == f"Tide {2 + columns}"
    page.keyboard.press("End")
    assert page.evaluate(focused) == "Tide 24"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("h2")).to_have_text("Tide 1")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    expect(page.locator(".wall")).to_be_visible()
    assert page.evaluate(focused) == "Tide 1"


def test_slash_goes_to_the_search(visitor, tides):
    page = visitor(tides).go()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visitor, tides, hostile, scheme):
    for folder in (tides, hostile):
        # axe is our probe, not the page's: only here may scripts come from elsewhere
        visit = visitor(folder, color_scheme=scheme, bypass_csp=True)
        for view in VIEWS:
            page = visit.go(view)
            page.wait_for_timeout(100)
            page.add_script_tag(path=AXE)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            serious = {
                rule["id"]: [node["html"][:120] for node in rule["nodes"][:3]]
                for rule in found
                if rule["impact"] in ("serious", "critical")
            }
            assert serious == {}, view


def test_the_theme_is_chosen_and_kept(visitor, tides):
    page = visitor(tides, color_scheme="light").go()
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert page.evaluate(paper) != light
    page.reload()
    assert page.evaluate(paper) != light
    expect(page.locator("#theme")).to_have_attribute("aria-label", "Theme: Dark")


@pytest.mark.parametrize("width", [320, 768, 3840])
def test_nothing_is_wider_than_the_window(visitor, tides, hostile, width):
    for folder in (tides, hostile):
        visit = visitor(folder, viewport={"width": width, "height": 900})
        for view in VIEWS:
            page = visit.go(view)
            page.wait_for_timeout(50)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view


# --- what it is kept from -----------------------------------------------------------------------


@pytest.mark.parametrize("served", [True, False], ids=["served", "from a disk"])
def test_hostile_metadata_is_text_and_nothing_else_is_asked_for(visitor, hostile, served):
    visit = visitor(hostile, served=served)
    page = visit.go()
    keys = page.evaluate("Gallery.pieces.map(Gallery.address)")
    assert len(keys) == 10
    for view in ("#/", *keys, "#/rarity", "#/checks"):
        page = visit.go(view)
        if "piece" in view:
            expect(page.locator("article:not([aria-busy])")).to_be_visible()
        page.wait_for_timeout(50)
        assert page.evaluate("window.broken") is None
        links = page.evaluate("[...document.links].map((a) => a.protocol)")
        assert set(links) <= {"http:", "https:", "ipfs:", "file:"}
        assert (
            page.locator(
                "main iframe, main script, main object, main embed, main svg script"
            ).count()
            == 0
        )
    root = visit.base.removesuffix("index.html")
    assert [url for url in visit.seen.requests if not url.startswith(root)] == []
    page = visit.go("#/piece/1")
    expect(page.locator("h2")).to_have_text(SCRIPT)
    assert page.locator(".markdown a").all_inner_texts() == ["shot", "ok", "here"]


def test_a_page_from_a_disk_is_the_same_page(visitor, tides):
    page = visitor(tides, served=False).go("#/piece/7")
    expect(page.locator("h2")).to_have_text("Tide 7")
    page.go_back()
    page = visitor(tides, served=False).go()
    assert page.locator("#shown").inner_text() == "24 pieces"


def test_the_policy_stops_what_would_get_past_us(visitor, tides):
    visit = visitor(tides)
    page = visit.go()
    page.evaluate(
        "document.body.append(Object.assign(new Image(), {src: 'https://evil.example/x.png'}))"
    )
    page.wait_for_timeout(200)
    assert any("img-src" in error for error in visit.seen.errors)
    visit.seen.errors.clear()


# --- many ---------------------------------------------------------------------------------------


def test_ten_thousand_pieces_exist_only_where_they_are_seen(visitor, many):
    visit = visitor(many)
    page = visit.go()
    assert page.locator("#shown").inner_text() == "10,000 pieces"
    for share in (0, 0.3, 0.77, 1):
        page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {share})")
        page.wait_for_timeout(80)
        assert 8 < page.locator(".card").count() < 80
        inside = (
            "[...document.querySelectorAll('.card')]"
            ".some((card) => card.getBoundingClientRect().top < 700)"
        )
        assert page.evaluate(inside)
    assert "Tide 10000" in names(page)
    page.locator("#search").fill("tide 777")
    expect(page.locator("#shown")).to_have_text("19 of 10,000 pieces")


def test_the_first_view_of_ten_thousand_loads_little(visitor, many):
    """The rest comes after it: the grid stands before the second script of rows is asked for."""
    visit = visitor(many)
    page = visit.page
    page.route("**/pieces-1.js", lambda route: route.abort())
    page.goto(visit.base)
    expect(page.locator(".card").first).to_be_visible()
    first = sum(
        len((many / url.removeprefix(visit.base).split("#")[0]).read_bytes())
        for url in visit.seen.requests
        if (url.endswith((".js", ".css")) and "pieces-" not in url) or url.endswith("pieces-0.js")
        if "more.js" not in url
    )
    assert first < 100_000
    visit.seen.errors.clear()  # the aborted script


def test_coming_back_to_the_wall_is_to_where_one_was(visitor, many):
    page = visitor(many).go()
    page.evaluate("scrollTo(0, 60000)")
    page.wait_for_timeout(80)
    card = page.locator(".card").nth(12)
    name = card.locator(".name").inner_text()
    card.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    card.click()
    expect(page.locator("h2")).to_have_text(name)
    page.keyboard.press("Escape")
    page.wait_for_timeout(80)
    assert page.evaluate("document.activeElement.querySelector('.name').innerText") == name
    assert page.evaluate("scrollY") == before
