"""Brushes, strokes and light for a browser, which draws there what the painter drew.

A brush is written once, in Python, and numba compiles it for CPU and GPU. Its functions are scalar
arithmetic without branches, so JavaScript is a third target: `brush_script` translates `prepare`,
`reach`, `span` and `shade`, and whatever these call, from their source. What it does not know it
refuses; a test compares every brush's drawing in Chromium with ours, pixel by pixel.

The loops around a brush and the lamp are JavaScript of its own, in `browser/`.
"""

from __future__ import annotations

import ast
import base64
import inspect
import json
import textwrap
import zlib
from functools import cache
from importlib.resources import files
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nftforge.core.errors import UntranslatableError
from nftforge.painting import light_kernels
from nftforge.painting.brushes import load_brush
from nftforge.painting.brushes._kit import noise
from nftforge.painting.relief import MATERIALS, finish_of, lamp_at
from nftforge.painting.settings import FLAT, Relief
from nftforge.painting.strokes import Strokes

SURFACE = ("shows", "bulge", "over")  # of light_kernels, as are these:
NUMBERS = ("TEETH", "WAVER", "SLOW", "HIDES", "SHOWN", "DARKEST", "BRIGHTEST", "SQUARES")
DRAWN_BY = ("prepare", "reach", "span", "shade")
_MATHS = {
    "math.cos": "Math.cos", "math.sin": "Math.sin", "math.floor": "Math.floor",
    "math.sqrt": "Math.sqrt", "math.log2": "Math.log2", "math.exp": "Math.exp",
    "math.atan2": "Math.atan2", "math.hypot": "Math.hypot", "math.tanh": "Math.tanh",
    "abs": "Math.abs", "min": "Math.min", "max": "Math.max", "int": "Math.trunc", "float": "",
}  # fmt: skip
_SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.BitAnd: "&",
    ast.RShift: ">>", ast.LShift: "<<", ast.USub: "-", ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<",
    ast.LtE: "<=", ast.Eq: "===", ast.NotEq: "!==", ast.And: "&&", ast.Or: "||", ast.Not: "!",
}  # fmt: skip


def brush_script(strokes: Strokes) -> str:
    """The brush of `strokes` as a JavaScript expression: an object of functions, and its tip.

    Raises UntranslatableError on Python that it cannot say in JavaScript.
    """
    program = _Program()
    return program.giving(_brush(program, strokes))


@cache
def drawing_script() -> str:
    """What draws and lights strokes, as a JavaScript expression: {Painter, Lamp, Flat, Aim}."""
    program = _Program()
    return program.giving(_drawing(program))


def piece_script(strokes: Strokes, relief: Relief) -> str:
    """All that draws and lights one painting: {Painter, Lamp, Flat, Aim, brush, data}."""
    program = _Program()
    parts = _drawing(program)
    data = json.dumps(replay(strokes, relief), separators=(",", ":"))
    brush = program.object(_brush(program, strokes))
    return program.giving(parts | {"brush": brush, "data": data})


def _brush(program: _Program, strokes: Strokes) -> dict[str, str]:
    brush = load_brush(strokes.brush)
    parts = {name: program.function(getattr(brush, name)) for name in DRAWN_BY}
    if strokes.tip is not None:
        program.add(browser_file("tip.js"))
        packed = base64.b64encode(zlib.compress(strokes.tip.tobytes(), 9)).decode()
        parts["tip"] = f'() => tip("{packed}")'
    return parts


def _drawing(program: _Program) -> dict[str, str]:
    """Surfaces, strokes and lamp. What is scalar is translated, as are the numbers."""
    scalar = {name: program.function(getattr(light_kernels, name)) for name in SURFACE}
    scalar["noise"] = program.function(noise)
    numbers = {name: _literal(getattr(light_kernels, name)) for name in NUMBERS}
    program.add("".join(f"const {name} = {js};" for name, js in (scalar | numbers).items()))
    for name in ("surface.js", "painter.js", "lamp.js"):
        program.add(browser_file(name))
    return {name: name for name in ("Painter", "Lamp", "Flat", "Aim")}


def browser_file(name: str) -> str:
    """The text of a file in `browser/`, without indentation and lines of comment."""
    text = files("nftforge.painting").joinpath("browser", name).read_text("utf-8")
    return "".join(
        f"{line.strip()}\n" for line in text.splitlines() if not line.lstrip().startswith("//")
    )


def replay(strokes: Strokes, relief: Relief = FLAT) -> dict[str, Any]:
    """A stroke file as JSON: params and colours as base64 of little-endian float32, row by row.

    With relief, `light` tells how thick paint lies, and how it and what it lies on are lit.
    """
    width, height = strokes.shape(10_000)
    told = {
        "count": len(strokes),
        "params": _base64(strokes.params.astype("<f4")),
        "colours": _base64(strokes.colours.astype("<f4")),
        "shades": strokes.colours.shape[1],  # colours of a stroke
        "canvas": [float(value) for value in strokes.canvas[:3]],
        "aspect": width / height,
    }
    return told | {"light": _light(strokes, relief)} if relief.amount else told


def _light(strokes: Strokes, relief: Relief) -> dict[str, Any]:
    lamp = lamp_at(relief.light)
    return {
        "body": MATERIALS[strokes.brush].body._asdict(),
        "opacity": load_brush(strokes.brush).BRUSH.params.index("opacity"),
        "finish": finish_of(strokes, relief)._asdict(),
        "home": [lamp.x, lamp.y, lamp.z],
    }


def _base64(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


class _Program:
    """The functions and tables translated so far; `text` defines them, callees first."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._parts)

    def add(self, script: str) -> None:
        """JavaScript that stands as it is."""
        self._parts.append(script)

    @staticmethod
    def object(parts: dict[str, str]) -> str:
        return "{" + ", ".join(f"{name}: {value}" for name, value in parts.items()) + "}"

    def giving(self, parts: dict[str, str]) -> str:
        """An expression that defines all of it and is an object of `parts`."""
        return f"(() => {{\n{self.text}\nreturn {self.object(parts)};\n}})()"

    def function(self, compiled: Any) -> str:
        """The JavaScript name of a function, translated if it has not been."""
        python = getattr(compiled, "py_func", compiled)
        if not isinstance(python, FunctionType):
            raise UntranslatableError(f"{compiled!r} is no function of a brush")
        if python not in self._names:
            name = f"{python.__module__.rpartition('.')[2]}_{python.__name__}"
            self._names[python] = name
            tree = ast.parse(textwrap.dedent(inspect.getsource(python))).body[0]
            assert isinstance(tree, ast.FunctionDef)
            self._parts.append(_Function(self, python.__globals__, tree).script(name))
        return self._names[python]

    def table(self, name: str, values: NDArray[Any]) -> str:
        if name not in self._names:
            self._names[name] = f"table_{name}"
            numbers = _base64(values.astype("<f4"))  # off by 1e-8 of a texture's tone: not seen
            octets = f'Uint8Array.from(atob("{numbers}"), (one) => one.charCodeAt(0))'
            self._parts.append(f"const table_{name} = new Float32Array({octets}.buffer);")
        return self._names[name]


class _Function:
    """One function: statements and expressions, as far as brushes use them."""

    def __init__(self, program: _Program, names: dict[str, Any], tree: ast.FunctionDef) -> None:
        self._program = program
        self._globals = names
        self._tree = tree
        self._arguments = [argument.arg for argument in tree.args.args]
        stored = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_stored(n))
        self._locals = sorted({*stored} - {*self._arguments})
        self._temporaries = 0

    def script(self, name: str) -> str:
        lines = [line for statement in self._tree.body for line in self._statement(statement)]
        temporaries = [f"$${number}" for number in range(self._temporaries)]
        declared = ", ".join(f"${local}" for local in self._locals)
        declare = f"let {', '.join(filter(None, [declared, *temporaries]))};"
        body = [declare, *lines] if declared or temporaries else lines
        arguments = ", ".join(f"${argument}" for argument in self._arguments)
        return f"function {name}({arguments}) {{ {' '.join(body)} }}"

    def _statement(self, node: ast.stmt) -> list[str]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):  # a docstring
                return []
            case ast.Return(value=ast.expr() as value):
                return [f"return {self._value(value)};"]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return [f"${name} = {self._value(value)};"]
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                return self._unpacked(targets, value)
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                return [f"${name} {_sign(op)}= {self._value(value)};"]
            case ast.For(target=ast.Name(id=name), iter=ast.Tuple() as values, body=body):
                inner = " ".join(line for part in body for line in self._statement(part))
                return [f"for (${name} of {self._value(values)}) {{ {inner} }}"]
        raise UntranslatableError(f"in a brush: {ast.unparse(node)}")

    def _unpacked(self, targets: list[ast.expr], value: ast.expr) -> list[str]:
        """`a, b = ...` without JavaScript's slow iterators: through temporaries."""
        names = [target.id if isinstance(target, ast.Name) else "_" for target in targets]
        if isinstance(value, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in value.elts):
            start = self._temporaries
            self._temporaries += len(names)
            held = [f"$${start + at} = {self._value(e)};" for at, e in enumerate(value.elts)]
            return held + [f"${name} = $${start + at};" for at, name in enumerate(names)]
        whole = f"$${self._temporaries}"
        self._temporaries += 1
        return [f"{whole} = {self._value(value)};", *_parts(whole, targets)]

    def _value(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return _literal(value)
            case ast.Name(id=name):
                return self._name(name)
            case ast.Tuple(elts=parts):
                return f"[{', '.join(map(self._value, parts))}]"
            case ast.Starred(value=value):
                return f"...{self._value(value)}"
            case ast.UnaryOp(op=op, operand=operand):
                return f"({_sign(op)}{self._value(operand)})"
            case ast.BinOp(left=left, op=op, right=right):
                return f"({self._value(left)} {_sign(op)} {self._value(right)})"
            case ast.BoolOp(op=op, values=values):
                return f"({f' {_sign(op)} '.join(map(self._value, values))})"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"({self._value(left)} {_sign(op)} {self._value(right)})"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return f"({self._value(test)} ? {self._value(body)} : {self._value(orelse)})"
            case ast.Subscript(value=value, slice=index):
                return f"{self._value(value)}[{self._value(index)}]"
            case ast.Call(func=function, args=arguments, keywords=[]):
                return f"{self._callee(function)}({', '.join(map(self._value, arguments))})"
        raise UntranslatableError(f"in a brush: {ast.unparse(node)}")

    def _callee(self, node: ast.expr) -> str:
        name = ast.unparse(node)
        if name in _MATHS:
            return _MATHS[name]
        return self._program.function(self._globals.get(name))

    def _name(self, name: str) -> str:
        if name in self._arguments or name in self._locals:
            return f"${name}"
        value = self._globals.get(name)
        if isinstance(value, np.ndarray):
            return self._program.table(name, value)
        if isinstance(value, int | float | tuple):
            return _literal(value)
        raise UntranslatableError(f"in a brush: the name {name}")


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _sign(op: ast.AST) -> str:
    try:
        return _SIGNS[type(op)]
    except KeyError:
        raise UntranslatableError(f"in a brush: {type(op).__name__}") from None


def _parts(whole: str, targets: list[ast.expr]) -> list[str]:
    """What gives each of `targets` its part of the array `whole`."""
    lines = []
    for at, target in enumerate(targets):
        if isinstance(target, ast.Tuple):
            lines += _parts(f"{whole}[{at}]", target.elts)
        elif isinstance(target, ast.Name) and target.id != "_":
            lines.append(f"${target.id} = {whole}[{at}];")
    return lines


def _literal(value: int | float | tuple[Any, ...]) -> str:
    return json.dumps(value)
