"""YAML that does not mean what its author meant: found, and said with what to write instead.

Two kinds. What is valid and loses something: `name: Sunset #1` is the text "Sunset" and a comment,
and the other half would never be missed before it is minted (`check_cuts`). And what no parser
takes: its words are about tokens, so the line is looked at again, for what people get wrong
(`explained`). Source: https://yaml.org/spec/1.2.2/, 6.6 (comments), 7.3.3 (plain style)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from nftforge.config.keys import is_key
from nftforge.core.errors import ConfigError

IN_PLACE = re.compile(r"(?:[:,\[{-][ \t]+|[,\[{])#+[^\s#]")  # of a value, perhaps
DRAWN = "-=*~_+|/!.:"  # what lines of comments are drawn with: #---- pieces ----
WHY_CUT = "in YAML a # after a space begins a comment; a comment of yours has a space after its #"
MOST = 10  # complaints at once
SHORT = 60  # letters of a text that are repeated
NO_ANCHOR, NO_TAG = "an anchor that nothing refers to", "a tag without a name"  # our loader's
VALUE = (
    yaml.ScalarToken, yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken, yaml.TagToken,
    yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken, yaml.AnchorToken, yaml.AliasToken,
)  # fmt: skip


# --- texts that lose their end --------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """A text that a # ends, though it is no comment."""

    line: int
    key: str  # what it is the value of; empty: of nothing that is named
    kept: str
    text: str  # as it was meant

    def __str__(self) -> str:
        lost = f"is cut to `{_short(self.kept)}`" if self.kept else "is a comment, nothing is left"
        return f"`{_short(self.text)}` without quotes {lost}; {_in_quotes(self.key, self.text)}"


def check_cuts(path: Path, text: str, loader: type[yaml.BaseLoader], suspected: bool) -> None:
    """Raises ConfigError naming every text that a # cuts, with its quoted forms.

    suspected: a loader has met such a text (`follows_text`); looking costs as much as parsing.
    """
    may_be = suspected or IN_PLACE.search(text)
    if may_be and (cuts := list(_cuts(text, loader))):
        raise _cut(path, cuts)


def follows_text(comment: str) -> bool:
    """Whether what YAML takes for a comment was meant as a text: `#1`, not `# like this`."""
    begun = comment.lstrip("#")[:1]
    return comment.startswith("#") and bool(begun.strip()) and begun not in DRAWN


def _cut(path: Path, cuts: list[Cut]) -> ConfigError:
    facts = [f"{path}:{cut.line}: {cut}" for cut in cuts[:MOST]]
    if len(cuts) > MOST:
        facts.append(f"... and {len(cuts) - MOST} more")
    return ConfigError(*facts, hint=WHY_CUT)


def quotings(text: str) -> list[str]:
    """`text` as YAML, in double and in single quotes, where it can be."""
    single = "'" + text.replace("'", "''") + "'"
    return [single] if re.search(r'["\\]', text) else [f'"{text}"', single]


def _in_quotes(key: str, text: str) -> str:
    """Both ways to write a text, unless it is long."""
    if len(text) > SHORT:
        return "put the whole text in quotes"
    begin = f"{key}: " if key else ""
    return "write " + " or ".join(f"`{begin}{each}`" for each in quotings(text))


def _cuts(text: str, loader: type[yaml.BaseLoader]) -> Iterator[Cut]:
    tokens = _tokens(text, loader)
    flow = 0
    for index, token in enumerate(tokens):
        flow += isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken)
        flow -= isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken)
        kept = str(token.value) if isinstance(token, yaml.ScalarToken) and token.plain else ""
        if not kept and not _is_left_empty(tokens, index, flow):
            continue
        end = token.end_mark
        rest = text[end.index : (text.find("\n", end.index) + 1 or len(text) + 1) - 1].rstrip()
        comment = rest.lstrip(" \t")
        if (kept and comment == rest) or not follows_text(comment):
            continue
        meant = re.split(r"[,\]}]", rest)[0].rstrip() if flow else rest
        yield Cut(end.line + 1, _key_of(tokens, index, kept), kept, (kept + meant).strip())


def _tokens(text: str, loader: type[yaml.BaseLoader]) -> list[yaml.Token]:
    """As many as there are before an error."""
    found: list[yaml.Token] = []
    with suppress(yaml.YAMLError):
        found.extend(yaml.scan(text, Loader=loader))
    return found


def _is_left_empty(tokens: list[yaml.Token], index: int, flow: int) -> bool:
    """Whether a value begins after this token, and a comment stands in its place."""
    token = tokens[index]
    if isinstance(token, yaml.FlowEntryToken | yaml.FlowSequenceStartToken):
        return True
    if not isinstance(token, yaml.ValueToken | yaml.BlockEntryToken):
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if isinstance(following, yaml.BlockEntryToken) and isinstance(token, yaml.ValueToken):
        return False  # a list that is not indented
    return flow > 0 or not isinstance(following, VALUE)


def _key_of(tokens: list[yaml.Token], index: int, kept: str) -> str:
    before = tokens[max(0, index - 2) : index] if kept else tokens[max(0, index - 1) : index + 1]
    match before:
        case [yaml.ScalarToken() as key, yaml.ValueToken()]:
            return str(key.value)
    return ""


def _short(text: str) -> str:
    """Whole words of a long text: a part of a word could be part of a secret."""
    words = " ".join(text.split())
    return words if len(words) <= SHORT else "... " + words[words.rfind(" ", 0, -40) + 1 :]


# --- what no parser takes -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """Where a parser stopped: the lines of the file, and the two places it names."""

    lines: list[str]
    problem: str
    context: str
    line: int  # from 0
    column: int
    begun: int  # the line where what it was reading begins

    @property
    def text(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def around(self) -> Iterator[tuple[int, str]]:
        """The line, then the ones before it as far as one that holds something."""
        for number in range(min(self.line, len(self.lines) - 1), -1, -1):
            yield number, self.lines[number]
            if number < self.line and self.lines[number].strip():
                return


Mistake = tuple[int, str, str]  # the line from 0, what is wrong, what to write


def explained(
    path: Path, text: str, error: yaml.YAMLError, loader: type[yaml.BaseLoader]
) -> ConfigError:
    """What is wrong with a file that is no YAML, as a ConfigError with its line and the fix."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        fact = f"a character that text files do not hold (U+{error.character:04X}); take it out"
        return ConfigError(f"{path}:{line}: not YAML: {fact}")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    begun = getattr(error, "context_mark", None) or mark
    if mark is None or begun is None:
        return ConfigError(f"{path}: not YAML", hint="`nftforge init` writes a starter")
    if cuts := [cut for cut in _cuts(text, loader) if cut.line <= mark.line + 1]:
        return _cut(path, cuts)
    scene = _Scene(
        text.split("\n"), str(getattr(error, "problem", "") or ""),
        str(getattr(error, "context", "") or ""), mark.line, mark.column, begun.line,
    )  # fmt: skip
    found = next((found for look in LOOKS if (found := look(scene))), None)
    line, fact, fix = found or (
        scene.line, f"this line cannot be understood from column {scene.column + 1} on",
        "compare it with the lines around it: `key: value`, lists with `- `, spaces in front",
    )  # fmt: skip
    return ConfigError(f"{path}:{line + 1}: not YAML: {fact}", hint=fix)


def _tab(scene: _Scene) -> Mistake | None:
    if scene.text[scene.column : scene.column + 1] != "\t" or scene.text[: scene.column].strip():
        return None
    return scene.line, "this line begins with a tab", "YAML indents with spaces: put two for a tab"


def _pasted(scene: _Scene) -> Mistake | None:
    """What chats, web pages and word processors make of a file that is copied from them."""
    for number, text in scene.around:
        if text.startswith("```"):
            return number, "``` is Markdown's, around the file", "take out the lines with ```"
        if re.match(r" *\u00a0", text):
            return (
                number, "this line begins with a no-break space (U+00A0)",
                "type its spaces anew: what a page shows has others than a keyboard",
            )  # fmt: skip
        if re.match(r"[^\"'#]*[:-]\u00a0", text):
            return (
                number, "a no-break space (U+00A0) where a plain one is due",
                "type the space anew: what a page shows has others than a keyboard",
            )  # fmt: skip
        if bullet := re.match(r" *([\u2022\u00b7\u2013\u2014]) ?(\S.*)", text):
            return (
                number, f"an item of a list begins with -, not {bullet[1]}",
                f"write `- {_short(bullet[2])}`",
            )  # fmt: skip
    return None


def _wide_colon(scene: _Scene) -> Mistake | None:
    for number, text in scene.around:
        if "\uff1a" in text and not re.search(r":(\s|$)", text):
            return number, "the colon \uff1a is a wide one", "write a plain one and a space: `: `"
    return None


def _no_space(scene: _Scene) -> Mistake | None:
    """`-image: a.png` and `name:Sunset`."""
    for number, text in scene.around:
        if dash := re.match(r"\s*-([\w\"']+:(\s.*|$))", text):
            return number, "a space is missing after the -", f"write `- {_short(dash[1])}`"
        if colon := re.match(r"\s*(?:- +)?[{]?\s*(\w+):([^\s:/].*)$", text):
            key, value = colon[1], _short(colon[2])
            if is_key(key):
                return number, f"a space is missing after `{key}:`", f"write `{key}: {value}`"
    return None


def _equals(scene: _Scene) -> Mistake | None:
    for number, text in scene.around:
        if (found := re.match(r"\s*(?:- +)?(\w+)\s*=\s*(.*)$", text)) and is_key(found[1]):
            fix = f"write `{found[1]}: {_short(found[2])}`"
            return number, f"a colon is needed after `{found[1]}`, not =", fix
    return None


def _quote(scene: _Scene) -> Mistake | None:
    if scene.context == "while scanning a quoted scalar":
        fix = "put the same quote at the end of the text"
        return scene.begun, "the quote that begins in this line is never closed", fix
    if "escape" in scene.problem or "double-quoted" in scene.context:
        fix = "write the text in single quotes, or `/` in a path"
        return scene.line, r"in double quotes a \ begins a code, and this is none", fix
    if "found '<scalar>'" in scene.problem or "got '<scalar>'" in scene.problem:
        before = scene.text[: scene.column].rstrip()
        if before.endswith(('"', "'")):
            fix = "inside of quotes use the other kind (\"It's me\"), or double them ('It''s me')"
            return scene.line, "after the closing quote comes more text", fix
        if before.count('"') % 2 or before.count("'") % 2:
            fix = "put the same quote at the end of the text"
            return scene.begun, "a quote that begins in this line is not closed in it", fix
    return None


def _two_colons(scene: _Scene) -> Mistake | None:
    """`name: Sunrise: the start`, alone or between braces."""
    if "mapping values" not in scene.problem and "got ':'" not in scene.problem:
        return None
    inside = scene.context.startswith("while parsing a flow")
    end = re.search(r"[,}\]]", scene.text[scene.column :]) if inside else None
    whole = scene.text[: scene.column + end.start() if end else None].rstrip()
    begin = max(whole.rfind(each, 0, scene.column) for each in "{,[") + 1 if inside else 0
    found = re.match(r"\s*(?:- +)*[{]?\s*(\w[\w -]*): +(\S.*)$", whole[begin:])
    if not found or begin + found.start(2) > scene.column:  # the colon is the line's first
        return None
    if inside and not begin and scene.line > scene.begun:  # a key below what is not closed
        return None
    key, value = found[1], found[2]
    last = re.search(r"(\w+)$", scene.text[: scene.column])
    if inside and last and is_key(last[1]) and " " in value[: value.find(f"{last[1]}:")]:
        return scene.line, f"a comma is missing before `{last[1]}:`", "put one between the two"
    return scene.line, f"a second colon in the text of `{key}`", _in_quotes(key, value)


def _reserved(scene: _Scene) -> Mistake | None:
    """A text that begins with what has a meaning in YAML."""
    if not any(said in scene.problem for said in (
        "cannot start any token", "undefined alias", "expected alphabetic or numeric",
        "entries are not allowed", "keys are not allowed", "block scalar", "expected chomping",
        "expected a comment or a line break", NO_ANCHOR, NO_TAG,
    )):  # fmt: skip
        return None
    found = re.match(r"\s*(?:- +)?(?:([\w ]+): +)?(([-@%`*&!?|>])\s?.*)$", scene.text)
    if not found:
        return None
    fact = f"a text that begins with {found[3]} needs quotes"
    return scene.line, fact, _in_quotes(found[1] or "", found[2].rstrip())


def _brackets(scene: _Scene) -> Mistake | None:
    kinds = {"while parsing a flow mapping": "{}", "while parsing a flow sequence": "[]"}
    if kind := kinds.get(scene.context):
        if scene.line > scene.begun:
            fix = f"put the {kind[1]} at its end"
            return scene.begun, f"the {kind[0]} of this line is never closed", fix
        return scene.line, f"a comma or the {kind[1]} is missing here", _after(scene)
    if found := re.search(r"found '([\]}{\[,])'", scene.problem):
        sign = found[1]
        if sign in "]},":
            return scene.line, f"there is a {sign} too many", f"take it out: {_after(scene)}"
        fix = "begin each piece with `- `"
        return scene.line, f"before this {sign} something is missing", fix
    return None


def _after(scene: _Scene) -> str:
    """What stands before the place."""
    before = scene.text[: scene.column].strip()
    return f"it is after `{_short(before)}`" if before else "it is at the beginning of the line"


def _document(scene: _Scene) -> Mistake | None:
    if "another document" not in scene.problem:
        return None
    return scene.line, "a second document begins with this ---", "take it out: a file is one"


def _indentation(scene: _Scene) -> Mistake | None:
    if "could not find expected ':'" in scene.problem:
        fix = "begin it with `key: `; a text of several lines begins with | and is indented below"
        return scene.begun, "this line has no key, and belongs to none", fix
    said = ("mapping values", "<block end>", "<document start>", "expected '<document")
    if not any(each in scene.problem for each in said):
        return None
    above = next((text for number, text in scene.around if number < scene.line), "")
    spaces, there = (_indent(each) for each in (scene.text, above))
    fact = f"this line begins with {_spaces(spaces)}, the one above it with {_spaces(there)}"
    if spaces == there:
        return scene.line, "this line does not go on with what stands above it", _after(scene)
    return scene.line, fact, "keys that belong together stand exactly below one another"


def _indent(text: str) -> int:
    """Where the first key of a line stands."""
    return len(text) - len(re.sub(r"^ *(?:- +)*", "", text))


def _spaces(count: int) -> str:
    return {0: "no space", 1: "1 space"}.get(count, f"{count} spaces")


LOOKS: tuple[Callable[[_Scene], Mistake | None], ...] = (
    _document, _tab, _pasted, _wide_colon, _quote, _no_space, _equals, _two_colons, _reserved,
    _brackets, _indentation,
)  # fmt: skip
