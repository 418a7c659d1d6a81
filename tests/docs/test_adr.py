"""Decisions are numbered, dated, listed, and nothing in the docs points to what is not there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADR = ROOT / "docs" / "adr"
INDEX = (ADR / "README.md").read_text(encoding="utf-8")
DECISIONS = sorted(ADR.glob("[0-9]*.md"))
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
HEAD = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>.+)\n\n"
    r"- Date: (?P<date>\d{4}-\d\d-\d\d)\n"
    r"- Status: (?P<status>accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))\n\n"
    r"## Context\n"
)


def head(decision):
    found = HEAD.match(decision.read_text(encoding="utf-8"))
    assert found, f"{decision.name} must open with number, title, date, status and context"
    return found


def links(page):
    """The relative links and pictures of a page, without what is inside a file."""
    text = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [to.split("#")[0] for to in targets if not re.match(r"[a-z]+:|#", to)]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_opens_with_number_title_date_and_status(decision):
    found = head(decision)
    assert decision.name.startswith(f"{found['number']}-")
    assert date.fromisoformat(found["date"])
    assert "\n## Decision\n" in decision.read_text(encoding="utf-8")


def test_numbers_have_no_gap_and_go_by_date():
    assert [int(head(path)["number"]) for path in DECISIONS] == [
        number + 1 for number in range(len(DECISIONS))
    ]
    dates = [head(path)["date"] for path in DECISIONS]
    assert dates == sorted(dates)


def test_the_index_lists_every_decision_as_it_is():
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+?) \| (\S+) \| (.+?) \| .+ \|$", INDEX, re.MULTILINE
    )
    assert rows == [
        (found["number"], path.name, found["title"], found["date"], found["status"])
        for path in DECISIONS
        for found in [head(path)]
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(page):
    assert [to for to in links(page) if not (page.parent / to).exists()] == []


def test_code_names_decisions_that_are_there():
    files = [
        path
        for folder in ("nftforge", "tests", "scripts", "contracts/src", "contracts/test")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in ("", ".py", ".sol", ".sh") and path.is_file()
    ]
    named = {
        name
        for path in files
        if "node_modules" not in path.parts
        for name in re.findall(
            r"docs/(?:adr|lab)/[\w-]+\.md", path.read_text(encoding="utf-8", errors="replace")
        )
    }
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
