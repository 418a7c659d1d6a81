"""Files as an enemy would write them: small on the disk, without end when they are believed."""

from __future__ import annotations

import io
import json
import os
import resource
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nftforge.ipfs import varint
from nftforge.ipfs.car import write_car
from nftforge.ipfs.cid import DAG_PB, RAW, Cid
from nftforge.ipfs.dagpb import Link, encode_directory, encode_file, encode_shard
from nftforge.painting.brushes import load_brush
from support import loaded

ESCAPES = "\x1b[2J\x1b[1;1H\x9b31mall is well\x07\x7f"  # clears the screen, forges a line
HIDDEN = "\u202eab\u200b\u2066c\u2069\u061c\ufeff\u2060\u200f"  # turns and hides letters


@dataclass
class Dag:
    """Blocks, and the root of the last thing made of them."""

    blocks: dict[Cid, bytes] = field(default_factory=dict)

    def raw(self, data: bytes) -> Cid:
        return self._keep(RAW, data)

    def file(self, children: list[tuple[Cid, int]]) -> Cid:
        return self._keep(DAG_PB, encode_file([(Link(cid, "", n), n) for cid, n in children]))

    def folder(self, names: Mapping[str, Cid]) -> Cid:
        return self._keep(DAG_PB, encode_directory([Link(c, n, 0) for n, c in names.items()]))

    def shard(self, links: Mapping[str, Cid]) -> Cid:
        return self._keep(DAG_PB, encode_shard([Link(c, n, 0) for n, c in links.items()], b"\1"))

    def json(self, value: object) -> Cid:
        return self.raw(json.dumps(value).encode())

    def _keep(self, codec: int, block: bytes) -> Cid:
        cid = Cid.of(codec, block)
        self.blocks[cid] = block
        return cid

    # --- what is made of them -------------------------------------------------------------------

    def unfolding(self, times: int = 170, depth: int = 5, leaf: bytes = b"x" * 65536) -> Cid:
        """A file whose nodes name one child `times` times: 9e15 bytes out of six blocks."""
        cid, size = self.raw(leaf), len(leaf)
        for _ in range(depth):
            cid, size = self.file([(cid, size)] * times), size * times
        return cid

    def modest(self, claimed: int = 10, depth: int = 5) -> Cid:
        """The same, and every node says that it is small."""
        cid = self.raw(b"x" * 65536)
        for _ in range(depth):
            cid = self.file([(cid, claimed)] * 170)
        return cid

    def lying(self, claimed: int, data: bytes) -> Cid:
        """A file of one leaf that says it has another length."""
        return self.file([(self.raw(data), claimed)])

    def deep_file(self, depth: int) -> Cid:
        cid = self.raw(b"x")
        for _ in range(depth):
            cid = self.file([(cid, 1)])
        return cid

    def deep_folders(self, depth: int) -> Cid:
        cid = self.raw(b"x")
        for _ in range(depth):
            cid = self.folder({"a": cid})
        return cid

    def wide_folders(self, times: int = 200, depth: int = 5) -> Cid:
        """Folders of which each names the next one `times` times: 3e11 small files."""
        cid = self.raw(b"x")
        for _ in range(depth):
            cid = self.folder({f"{n:03}": cid for n in range(times)})
        return cid

    def wide_shards(self, depth: int = 7) -> Cid:
        """A sharded directory whose 256 slots are all the same shard, and so on below."""
        cid = self.shard({})
        for _ in range(depth):
            cid = self.shard({f"{slot:02X}": cid for slot in range(256)})
        return cid

    def deep_shards(self, depth: int) -> Cid:
        cid = self.shard({})
        for _ in range(depth):
            cid = self.shard({"00": cid})
        return cid

    def car(self, root: Cid) -> bytes:
        target = io.BytesIO()
        write_car(target, [root], self.blocks.items())
        return target.getvalue()


def car_of_many_blocks(count: int) -> bytes:
    """A CAR of blocks that its root does not name."""
    target = io.BytesIO()
    blocks = ((Cid.of(RAW, b"%d" % n), b"%d" % n) for n in range(count))
    write_car(target, [Cid.of(RAW, b"0")], blocks)
    return target.getvalue()


def car_with_huge_section() -> bytes:
    header = Dag().car(Cid.of(RAW, b""))
    return header + varint.encode(1 << 40) + b"x"


# --- tokens -------------------------------------------------------------------------------------


def _token(made: Dag, image: Cid | str, **fields: object) -> Cid:
    """The CID of a token's JSON."""
    uri = image if isinstance(image, str) else f"ipfs://{image}"
    return made.json({"name": "x", "image": uri, **fields})


def hostile_tokens(made: Dag) -> dict[str, tuple[Cid, str]]:
    """What is behind each token -> the word that its report must have."""
    picture = made.raw(b"GIF89a")
    deep = b'{"image": ' + b"[" * 100_000
    return {
        "sound": (_token(made, picture), "ok"),
        "an image of 9e15 bytes": (_token(made, made.unfolding()), "is more than 4294967296 bytes"),
        "one that says it is small": (_token(made, made.modest()), "were promised"),
        "an image of nothing, in parts": (_token(made, made.unfolding(leaf=b"")), "ok"),
        "an image too deep": (_token(made, made.deep_file(3000)), "is no file"),
        "an image that is a folder": (_token(made, made.folder({"a": picture})), "is no file"),
        "a film that unfolds": (
            _token(made, picture, animation_url=f"ipfs://{made.unfolding(leaf=b'y' * 70_000)}"),
            "is more than 4294967296 bytes",
        ),
        "JSON of 9e15 bytes": (made.unfolding(leaf=b" " * 60_000), "more than 1048576 bytes"),
        "JSON of 2 MB": (made.raw(b'{"a": "' + b"a" * 2_000_000 + b'"}'), "more than 1048576"),
        "JSON without end": (made.raw(deep), "not the JSON of a token"),
        "JSON in UTF-16": (made.raw("{}".encode("utf-16")), "not the JSON of a token"),
        "escapes": (
            _token(made, f"ipfs://{ESCAPES}{HIDDEN}", name=ESCAPES, properties={"piece": ESCAPES}),
            "is no CID",
        ),
        "escapes where all is well": (
            _token(made, picture, name=ESCAPES, properties={"piece": f"{ESCAPES}{HIDDEN}\nok"}),
            "ok",
        ),
        "half a character": (
            _token(made, picture, name="\ud800", properties={"piece": "\udfff"}), "ok",
        ),
        "an image with a path": (_token(made, f"ipfs://{picture}/\ud800"), "is a path in"),
        "a number for an image": (_token(made, picture, animation_url=7), "is no ipfs://"),
        "lists for everything": (
            _token(made, picture, properties={"still": [[["x"]]], "piece": [[1]]}), "is no ipfs://",
        ),
        "a number beyond all": (made.raw(b'{"image": 1e999}'), "is no ipfs://"),
        "a block that nobody has": (_token(made, Dag().raw(b"gone")), "does not have it"),
    }  # fmt: skip


# --- stroke files -------------------------------------------------------------------------------


def stroke_file(path: Path, **arrays: object) -> Path:
    """A stroke file with some arrays another than they should be; bytes are put in as they are."""
    oil = load_brush("oil").BRUSH
    usual: dict[str, object] = {
        "format": np.array(2), "brush": np.array("oil"), "version": np.array(oil.version),
        "params": np.array([oil.low], np.float32),
        "colours": np.zeros((1, oil.colours, 3), np.float32),
        "canvas": np.ones(4, np.float32), "aspect": np.array(1.0), "seed": np.array(0),
        "tip": np.empty((0, 0), np.uint8),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {**usual, **arrays}.items():
            if not isinstance(array, bytes):
                data = io.BytesIO()
                np.lib.format.write_array(data, np.asarray(array), allow_pickle=False)
                array = data.getvalue()
            archive.writestr(f"{name}.npy", array)
    return path


def array_head(shape: str, descr: str = "<f4") -> bytes:
    """An npy file that ends after its head, which promises `shape`."""
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + len(head).to_bytes(2, "little") + head


# --- collection files ---------------------------------------------------------------------------

YAML = {
    "flow lists without end": "a: " + "[" * 100_000,
    "blocks without end": "\n".join(" " * n + "a:" for n in range(1500)),
    "a chain of merges": "x-0: &a0 {k: 1}\n"
    + "".join(f"x-{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 3000)),
    "a merge with itself": "a: &a\n  <<: *a\n",
    "merges that multiply": "x-0: &a0 {k: 1}\n"
    + "".join(f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)),
    "aliases that multiply": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)),
    "a list in itself": "a: &a [*a]\n",
    "a number beyond all": "name: x\nsymbol: X\nseed: 1e999\npieces: [{image: a.png, name: A}]\n",
    "half a character": 'name: "\\ud800"\nsymbol: X\npieces: [{image: a.png, name: A}]\n',
    "half a character as a key": '"\\udfff": 1\n',
    "escapes in a key": '"\\e[2Jname": 1\nname: x\n',
    "a key of a megabyte": "? " + "k" * 1_000_000 + "\n: 1\n",
    "a number of a megabyte": "seed: " + "9" * 1_000_000 + "\n",
    **{
        kind: f"name: x\nsymbol: X\npieces: [{{image: a.png, name: A}}]\n{more}\n"
        for kind, more in {
            "a brush with NUL": 'paint: {brush: "a\\0.png"}',
            "a fee beyond all": "mint: {max_fee_gwei: 1e308, max_total_eth: 1e300}",
            "an address of escapes": 'pin: {kubo: {url: "http://a/\\e[2J"}}',
            "a colour of 50,000 letters": "paint: {canvas: '#" + "9" * 50_000 + "'}",
        }.items()
    },
}


# --- trying them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """How a command ended that had no more than its share of memory, time and disk."""

    code: int
    out: str
    err: str


def within_limits(
    *arguments: object, cwd: Path, memory: int = 6 << 30, cpu_s: int = 120, file: int = 256 << 20
) -> Ended:
    """`nftforge ...` as a process of its own, which the kernel ends if it takes more."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: file,
    }
    code, *said = loaded.run([*map(str, arguments)], os.environ, cwd, limits=limits)
    return Ended(code, *(each.decode("utf-8", errors="surrogateescape") for each in said))
