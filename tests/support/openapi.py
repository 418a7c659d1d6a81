"""Requests and answers held against a published OpenAPI description (3.1), as far as those used.

`Description.operation("POST", "/api/v2/...")` finds the operation; `problems` says what of a value
is not as its schema has it: types, required fields, enums, limits, items. Fields that no schema
names are let through in objects, as JSON Schema does, and are problems in queries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
    "object": dict,
}  # fmt: skip
BITS = {"int32": 31, "int64": 63}


@dataclass(frozen=True)
class Operation:
    about: Mapping[str, Any]
    path: Mapping[str, str]  # what stands for the names in the path

    @property
    def name(self) -> str:
        return self.about["operationId"]

    @property
    def body(self) -> Mapping[str, Any] | None:
        content = self.about.get("requestBody", {}).get("content", {})
        return next((media["schema"] for media in content.values()), None)

    def answer(self, status: int) -> Mapping[str, Any] | None:
        content = self.about["responses"].get(str(status), {}).get("content", {})
        return next((media["schema"] for media in content.values()), None)


class Description:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas, self._paths = document["components"]["schemas"], document["paths"]

    def operation(self, method: str, path: str) -> Operation | None:
        """The one whose path has fewest names in it, if several fit."""
        for template in sorted(self._paths, key=lambda each: each.count("{")):
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found and method.lower() in self._paths[template]:
                return Operation(self._paths[template][method.lower()], found.groupdict())
        return None

    def parameters(self, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with path and query."""
        rows = operation.about.get("parameters", [])
        known = {row["name"] for row in rows if row["in"] == "query"}
        yield from (f"{name}: no such parameter" for name in sorted(set(query) - known))
        for row in rows:
            text = {"path": operation.path, "query": query}[row["in"]].get(row["name"])
            if text is None:
                if row["required"]:
                    yield f"{row['name']} is missing"
                continue
            yield from self.problems(row["schema"], _read(text, self._whole(row["schema"])),
                                     row["name"])  # fmt: skip

    def problems(self, schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
        schema = self._whole(schema)
        for part in schema.get("allOf", []):
            yield from self.problems(part, value, where)
        if "oneOf" in schema:
            found = [list(self.problems(part, value, where)) for part in schema["oneOf"]]
            if all(found):
                yield from min(found, key=len)
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or
                     (isinstance(value, bool) and kind != "boolean")):  # fmt: skip
            yield f"{where}: value is not a valid {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is not one of {len(schema['enum'])}"
        if isinstance(value, int) and not -1 << 63 <= value < 1 << BITS.get(
            schema.get("format"), 999
        ):
            yield f"{where}: {value} has too many bits"
        if isinstance(value, int | float) and not (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
        ):
            yield f"{where}: {value} is out of range"
        if isinstance(value, dict):
            yield from (
                f"{where}.{name}: field required"
                for name in schema.get("required", [])
                if name not in value
            )
            for name, part in schema.get("properties", {}).items():
                if name in value:
                    yield from self.problems(part, value[name], f"{where}.{name}")
        if isinstance(value, list) and "items" in schema:
            for place, item in enumerate(value):
                yield from self.problems(schema["items"], item, f"{where}[{place}]")

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema


def _read(text: str, schema: Mapping[str, Any]) -> object:
    """A parameter's text as the value that it stands for."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
    return text


@lru_cache
def description(path: Path) -> Description:
    return Description(json.loads(path.read_text()))
