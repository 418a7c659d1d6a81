"""Finished work on disk, found again by what it was made from.

    .nftforge/                           beside the collection file
      store/
        paint/
          bitcoin/                       the subject: a piece id
            3f9a0c51d2e87b44/            first 16 hex digits of the key
              strokes.npz                outputs
              manifest.json              what it was made from; written last
      tmp/
        paint-bitcoin-x81k2.../          work in progress, renamed into place when whole

The key is a fingerprint of (stage, version, params, input digests), so going back to an earlier
setting finds the earlier work. A folder is renamed into place only when every file in it is
flushed and the manifest is written: it is there whole or not at all, whatever kills the process.
Reading creates nothing. What somebody changed (a manifest of other settings than the name of its
folder tells, a link instead of a file) counts as damaged, and is made anew.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nftforge.core.errors import LimitError
from nftforge.core.fingerprint import Value, file_digest, fingerprint
from nftforge.core.fsync import flush, flush_all
from nftforge.core.json_file import read_json
from nftforge.core.limits import MANIFEST_BYTES
from nftforge.core.links import sweep

SCHEMA = 1
MANIFEST = "manifest.json"
SMALL = 65_536  # bytes
TEMPORARY = r"[a-z]+-[A-Za-z0-9_-]+-[0-9a-f]{16}(-replaced)?"  # as `build` names them
PLACE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}/){0,4}[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
DIGEST = re.compile(r"[0-9a-f]{64}")

_tmp_folder = threading.Lock()  # the folder comes and goes while pieces are built side by side


@dataclass(frozen=True)
class Recipe:
    """What an artifact is made from. Everything here, and nothing else, decides its key."""

    stage: str
    version: int
    params: Mapping[str, Value]
    inputs: Mapping[str, str]  # name -> sha256 of its bytes

    @property
    def key(self) -> str:
        return fingerprint(self.stage, self.version, self.params, self.inputs)


@dataclass(frozen=True)
class Output:
    sha256: str
    size: int  # bytes


@dataclass(frozen=True)
class Artifact:
    """One finished folder of the store."""

    folder: Path
    recipe: Recipe
    outputs: Mapping[str, Output]
    provenance: Mapping[str, Any]  # device, seconds, measured quality: outside the key

    def path(self, name: str) -> Path:
        return self.folder / name

    @property
    def digests(self) -> dict[str, str]:
        return {name: output.sha256 for name, output in self.outputs.items()}


class Store:
    """The artifacts under `root` (the collection's `.nftforge` folder)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, recipe: Recipe, subject: str) -> Artifact | None:
        """The finished artifact of this recipe, or None if absent or damaged."""
        artifact = _load(self._folder(recipe, subject))
        return artifact if artifact and _is_whole(artifact) else None

    def why(self, recipe: Recipe, subject: str) -> str:
        """Why `recipe` has to be built: what changed since the newest work on this subject."""
        if (self._folder(recipe, subject) / MANIFEST).exists():
            return "its files are damaged"
        earlier = self.all_of(recipe.stage, subject)
        return difference(earlier[-1].recipe, recipe) if earlier else "new"

    def all_of(self, stage: str, subject: str) -> list[Artifact]:
        """Every artifact of one stage for one subject, whole or not, the newest last."""
        folder = self.root / "store" / stage / subject
        manifests = sorted(folder.glob(f"*/{MANIFEST}"), key=lambda path: path.lstat().st_mtime_ns)
        found = (_load(path.parent) for path in manifests)
        return [artifact for artifact in found if artifact]

    def earlier(self, stage: str, subject: str) -> list[Artifact]:
        """Everything finished there is of this stage and subject, whatever it was made from."""
        found = (_load(path.parent) for path in self._subject(stage, subject).glob(f"*/{MANIFEST}"))
        return [artifact for artifact in found if artifact and _is_whole(artifact)]

    def build(
        self, recipe: Recipe, subject: str, make: Callable[[Path], Mapping[str, Any]]
    ) -> Artifact:
        """Let `make` fill a temporary folder and return provenance; then move it into place.

        Whatever `make` raises goes through after the temporary folder is gone.
        """
        work = self.root / "tmp" / f"{recipe.stage}-{subject}-{secrets.token_hex(8)}"
        with _tmp_folder:
            work.mkdir(parents=True)
        try:
            provenance = make(work)
            artifact = _finish(work, recipe, provenance)
            final = self._folder(recipe, subject)
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():  # damaged, or finished meanwhile by another run
                final.replace(work.with_name(work.name + "-replaced"))
            work.replace(final)
        finally:
            self._sweep(re.escape(work.name) + "(-replaced)?")
        return Artifact(final, artifact.recipe, artifact.outputs, artifact.provenance)

    def sweep(self) -> None:
        """Delete temporary folders (of killed runs); call it only while holding the run lock."""
        self._sweep(TEMPORARY)

    def _sweep(self, names: str) -> None:
        sweep(self.root / "tmp", re.compile(names).fullmatch)
        with _tmp_folder, contextlib.suppress(OSError):  # not empty: a build is under way
            (self.root / "tmp").rmdir()

    def _folder(self, recipe: Recipe, subject: str) -> Path:
        return self._subject(recipe.stage, subject) / recipe.key[:16]

    def _subject(self, stage: str, subject: str) -> Path:
        return self.root / "store" / stage / subject


def _finish(work: Path, recipe: Recipe, provenance: Mapping[str, Any]) -> Artifact:
    paths = sorted(path for path in work.rglob("*") if path.is_file())
    flush_all(paths)
    outputs = {
        path.relative_to(work).as_posix(): Output(file_digest(path), path.stat().st_size)
        for path in paths
    }
    manifest = {
        "schema": SCHEMA,
        **asdict(recipe),
        "key": recipe.key,
        "outputs": {name: asdict(output) for name, output in outputs.items()},
        "provenance": dict(provenance),
    }
    path = work / MANIFEST
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    flush(path)
    return Artifact(work, recipe, outputs, provenance)


def _load(folder: Path) -> Artifact | None:
    try:
        return _artifact(folder, read_json(folder / MANIFEST, MANIFEST_BYTES))
    except (OSError, ValueError):
        return None


def _artifact(folder: Path, manifest: Any) -> Artifact:
    """What a manifest tells. Raises ValueError if `_finish` writes no such thing, or not there."""
    try:
        recipe = Recipe(*(manifest[name] for name in ("stage", "version", "params", "inputs")))
        outputs = {name: Output(**output) for name, output in manifest["outputs"].items()}
        provenance = manifest["provenance"]
        key = recipe.key
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder}: {error}") from None
    if not (
        isinstance(recipe.stage, str)
        and isinstance(recipe.version, int)
        and isinstance(recipe.params, dict)
        and isinstance(recipe.inputs, dict)
        and isinstance(provenance, dict)
        and outputs
        and all(_is_digest(digest) for digest in recipe.inputs.values())
        and all(_is_output(name, output) for name, output in outputs.items())
        and key[:16] == folder.name
    ):
        raise ValueError(f"{folder}: not the manifest of this folder")
    return Artifact(folder, recipe, outputs, provenance)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _is_output(name: str, output: Output) -> bool:
    plain = PLACE.fullmatch(name) is not None
    return plain and _is_digest(output.sha256) and isinstance(output.size, int)


def _is_whole(artifact: Artifact) -> bool:
    """Sizes of all files, digests of the small ones: quick, and what is parsed later is sound."""
    try:
        return all(_is_there(artifact.path(name), out) for name, out in artifact.outputs.items())
    except (OSError, LimitError):
        return False


def _is_there(path: Path, output: Output) -> bool:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size != output.size:
        return False
    return output.size > SMALL or file_digest(path) == output.sha256


def difference(old: Recipe, new: Recipe) -> str:
    """What of `new` is not as in `old`, in words."""
    if old.version != new.version:
        return f"{new.stage} itself changed (version {old.version} to {new.version})"
    for before, after in ((old.params, new.params), (old.inputs, new.inputs)):
        changed = [
            name
            for name in sorted({*before, *after})
            if fingerprint(before.get(name)) != fingerprint(after.get(name))
        ]
        if changed:
            return ", ".join(_change(name, before.get(name), after.get(name)) for name in changed)
    return "changed"


def _change(name: str, old: Value, new: Value) -> str:
    short = all(
        isinstance(value, str | int | float) and len(str(value)) <= 16 for value in (old, new)
    )
    return f"{name} changed from {old} to {new}" if short else f"{name} changed"
