"""The single commands, bad input, and what the command line promises."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import ROOT, nftforge, picture, small_collection

from nftforge.painting.canvas import render
from nftforge.painting.strokes import Strokes

COMMANDS = [
    "init", "run", "plan", "paint", "render", "pin", "mint", "status", "verify", "gallery", "open",
    "list", "listings", "delist", "offers", "accept", "transfer",
    "update", "reveal", "freeze", "transfer-ownership", "verify-source", "stroke", "draw", "cid",
    "preview", "traits", "sheet", "brushes", "networks", "doctor", "schema", "version", "help",
    "wallet", "ipfs",
]  # fmt: skip


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from nftforge.cli.app import app\n"
        "try: app(['--help'], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'web3', 'numba', 'pydantic', 'numpy', 'eth', 'PIL', 'httpx', 'yaml'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "HEAVY []" in out
    for command in COMMANDS:
        assert f"\n  {command} " in out


def test_the_quick_help_is_the_real_help():
    code = (
        "from nftforge.cli.app import app\n"
        "try: app(['--help'], prog_name='nftforge', standalone_mode=False)\n"
        "except SystemExit: pass"
    )
    env = {**os.environ, "COLUMNS": "80"}
    real = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert nftforge("--help").out == real.stdout


def test_a_warm_run_imports_no_torch(tmp_path):
    path = small_collection(tmp_path)
    assert nftforge("run", path).code == 0
    code = (
        f"import sys; sys.argv = ['nftforge', 'run', {str(path)!r}]\n"
        "from nftforge.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as done: print('EXIT', done.code)\n"
        "print('HEAVY', sorted({'torch', 'numba'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "EXIT 0" in out and "HEAVY []" in out


def test_init_gives_a_collection_that_runs_as_it_is(tmp_path):
    folder = tmp_path / "my-art"
    assert nftforge("init", folder).code == 0
    again = nftforge("init", folder)
    assert again.code == 2 and "is there already" in again.err
    result = nftforge("run", folder / "collection.yaml", "--json")
    assert result.code == 0, result.err
    assert result.json["totals"]["minted"] == 2


def test_init_keeps_out_of_git_what_does_not_belong_there(tmp_path):
    assert nftforge("init", tmp_path).code == 0
    ignored = (tmp_path / ".gitignore").read_text().splitlines()
    assert {".nftforge*/", ".env", "out/"} < set(ignored) and "pieces.lock.csv" not in ignored
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".env").write_text("NFTFORGE_PRIVATE_KEY=0x42\n")
    for made in (".nftforge/x", ".nftforge-b/x", "out/one.png", "pieces.lock.csv"):
        (tmp_path / made).parent.mkdir(exist_ok=True)
        (tmp_path / made).write_text("x")
    asked = ["git", "-C", tmp_path, "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    assert {".gitignore", ".env.example", "collection.yaml", "pieces.lock.csv"} < set(seen)
    assert ".env" not in seen and not any(name.startswith((".nftforge", "out")) for name in seen)


def test_init_brings_the_variables_that_hints_speak_of(tmp_path):
    result = nftforge("init", tmp_path / "art")
    example = (tmp_path / "art" / ".env.example").read_text()
    assert "\nNFTFORGE_KEYSTORE=\n" in example and ".env.example: copied to .env" in result.out
    (tmp_path / ".env.example").write_text("mine")
    assert nftforge("init", tmp_path).code == 0
    assert (tmp_path / ".env.example").read_text() == "mine"


def test_init_leaves_a_gitignore_as_it_is_and_says_what_it_lacks(tmp_path):
    own = "node_modules\n/out\n"
    (tmp_path / ".gitignore").write_text(own)
    result = nftforge("init", tmp_path)
    assert result.code == 0 and (tmp_path / ".gitignore").read_text() == own
    assert ".gitignore is yours: add .nftforge*/, .env, or it gets into git" in result.out


@pytest.mark.parametrize("command", ["stroke", "draw"])
def test_what_is_there_is_not_replaced_and_nothing_is_made_before_it_is_told(tmp_path, command):
    (tmp_path / "still.png").write_text("mine")
    result = nftforge(command, tmp_path / "none", "-o", tmp_path)
    assert result.code == 2 and f"{tmp_path} has still.png already" in result.err
    assert "--force" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["still.png"]
    assert (tmp_path / "still.png").read_text() == "mine"
    forced = nftforge(command, tmp_path / "none", "-o", tmp_path, "--force")
    assert forced.code == 2 and "already" not in forced.err  # but there is no such picture


def test_force_replaces_what_is_there(tmp_path):
    image = picture(tmp_path / "in.png", size=(24, 24))
    (tmp_path / "still.png").write_text("old")
    options = ["--strokes", "5", "--size", "24", "--brush", "tape", "--force"]
    result = nftforge("stroke", image, "-o", tmp_path, *options)
    assert result.code == 0 and result.out.startswith("5 strokes, "), result.err
    with Image.open(tmp_path / "still.png") as still:
        assert still.size == (24, 24)


def test_stroke_paints_one_picture(tmp_path):
    image = picture(tmp_path / "in.png", size=(60, 20))
    result = nftforge(
        "stroke", image, "-o", tmp_path / "out", "--strokes", "20", "--size", "90", "--json"
    )
    assert result.code == 0, result.err
    document = result.json
    assert set(document) == {
        "strokes", "psnr", "ssim", "seconds", "size", "brush", "engine", "seed", "files",
    }  # fmt: skip
    assert document["strokes"] == 20 and document["engine"] == "analytic"
    with Image.open(document["files"]["still"]) as still:
        assert still.size == (90, 30)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "painting.gif", "painting.mp4", "painting.svg", "still.png", "strokes.npz",
    ]  # fmt: skip


def test_a_stroke_file_is_drawn_again_at_another_size(tmp_path):
    image = picture(tmp_path / "in.png", size=(60, 30))
    first = nftforge("stroke", image, "-o", tmp_path / "a", "--strokes", "12", "--size", "64")
    assert first.code == 0, first.err
    again = nftforge(
        "draw", tmp_path / "a" / "strokes.npz", "-o", tmp_path / "b", "--size", "200", "--json"
    )
    assert again.code == 0, again.err
    with Image.open(again.json["files"]["still"]) as still:
        assert still.size == (200, 100)
    same = [(tmp_path / folder / "strokes.npz").read_bytes() for folder in "ab"]
    assert same[0] == same[1]
    missing = nftforge("draw", tmp_path / "none.npz", "-o", tmp_path / "c")
    assert missing.code == 2 and "there is no stroke file" in missing.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a/strokse.npz", "there is a/strokes.npz"),
        ("in.png", "nftforge stroke IMAGE -o DIR"),
        (".", "there is no strokes.npz in ."),
    ],
)
def test_what_is_no_stroke_file_is_told_where_one_is_made(tmp_path, given, said):
    picture(tmp_path / "in.png")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "strokes.npz").write_bytes(b"PK")
    result = nftforge("draw", given, "-o", "b", cwd=tmp_path)
    assert result.code == 2 and said in " ".join(result.err.split())


def test_draw_takes_the_folder_that_stroke_wrote(tmp_path):
    image = picture(tmp_path / "in.png", size=(40, 20))
    first = nftforge("stroke", image, "-o", tmp_path / "a", "--strokes", "4", "--size", "64")
    assert first.code == 0, first.err
    again = nftforge("draw", tmp_path / "a", "-o", tmp_path / "b", "--size", "64")
    assert again.code == 0, again.err
    assert (tmp_path / "b" / "still.png").is_file()


def test_an_unknown_brush_is_told_the_names_that_work(tmp_path):
    image = picture(tmp_path / "in.png")
    result = nftforge("stroke", image, "-o", tmp_path / "a", "--brush", "spray")
    assert "own" not in result.err.split() and "or the path of a grey PNG" in result.err


def test_a_stroke_file_is_lit_as_it_suits_it_or_as_it_is_told(tmp_path):
    args = ("stroke", picture(tmp_path / "cat.png"), "-o", tmp_path / "own", "--strokes", "4")
    assert nftforge(*args, "--size", "80").code == 0
    lit, strokes = (tmp_path / "own" / "still.png").read_bytes(), tmp_path / "own" / "strokes.npz"
    drawn = nftforge("draw", strokes, "-o", tmp_path / "flat", "--size", "80", "--relief", "0")
    assert drawn.code == 0, drawn.err
    moved = nftforge("draw", strokes, "-o", tmp_path / "moved", "--size", "80", "--light", "135")
    assert moved.code == 0, moved.err
    stills = {(tmp_path / name / "still.png").read_bytes() for name in ("flat", "moved")}
    assert len({lit, *stills}) == 3
    assert Image.open(tmp_path / "flat" / "still.png").convert("RGB").tobytes() == (
        render(Strokes.load(strokes), *Strokes.load(strokes).shape(80)).tobytes()
    )


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (["--surface", "canvs"], "there is no surface 'canvs'\n  did you mean `canvas`?"),
        (["--relief", "3"], "'--relief': must be at most 1, not 3"),
        (["--light", "-20"], "'--light': must be at least 0, not -20"),
    ],
)
def test_light_that_makes_no_sense_is_refused(tmp_path, wish, said):
    args = ("stroke", picture(tmp_path / "cat.png"), "-o", tmp_path / "own", "--strokes", "3")
    assert nftforge(*args, "--size", "32").code == 0
    drawn = nftforge("draw", tmp_path / "own" / "strokes.npz", "-o", tmp_path / "lit", *wish)
    assert drawn.code == 2 and said in drawn.err
    assert not (tmp_path / "lit").exists()


def test_a_grey_png_is_a_brush(tmp_path):
    image, tip = picture(tmp_path / "in.png", size=(40, 40)), tmp_path / "tip.png"
    tip_pixels = Image.new("L", (30, 30), 255)
    tip_pixels.paste(0, (8, 4, 22, 26))
    tip_pixels.save(tip)
    result = nftforge(
        "stroke", image, "-o", tmp_path / "out", "--brush", tip, "--strokes", "12", "--json"
    )
    assert result.code == 0 and result.json["brush"] == "own", result.err
    blank = tmp_path / "blank.png"
    Image.new("L", (30, 30), 255).save(blank)
    refused = nftforge("stroke", image, "-o", tmp_path / "no", "--brush", blank)
    assert refused.code == 2 and "shows no brush tip" in refused.err
    nameless = nftforge("stroke", image, "-o", tmp_path / "no", "--brush", "own")
    assert nameless.code == 2 and "path of a grey PNG" in nameless.err
    gone = nftforge("stroke", image, "-o", tmp_path / "no", "--brush", tmp_path / "gone.png")
    assert gone.code == 2 and "gone.png" in gone.err
    assert not (tmp_path / "no").exists()


def test_the_painter_can_be_told_when_to_stop_and_what_to_use(tmp_path):
    image = picture(tmp_path / "in.png", size=(48, 48))
    wishes = ["--brush", "tape", "--psnr", "20", "--strokes", "90", "--palette", "3", "--opaque",
              "--min-size", "0.05", "--max-size", "0.4", "--canvas", "transparent"]  # fmt: skip
    result = nftforge("stroke", image, "-o", tmp_path / "out", *wishes, "--json")
    assert result.code == 0, result.err
    assert result.json["psnr"] >= 20 or result.json["strokes"] == 90
    with Image.open(result.json["files"]["still"]) as still:
        assert still.mode == "RGBA"


def test_a_preset_says_what_no_option_does(tmp_path):
    image = picture(tmp_path / "in.png", size=(48, 48))
    wish = ["--preset", "8-bit", "--palette", "2", "--strokes", "20", "--json"]
    result = nftforge("stroke", image, "-o", tmp_path / "out", *wish)
    assert result.code == 0 and result.json["brush"] == "tape", result.err
    with np.load(result.json["files"]["strokes"]) as strokes:
        assert len(np.unique(strokes["colours"].reshape(-1, 3), axis=0)) <= 2
        assert (strokes["params"][:, 4] == 0).all() and len(strokes["params"]) == 20


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("--lattice", "16"), "oil strokes lie on no lattice"),
        (("--preset", "16-bit"), "--preset"),
        (("--min-size", "0.5", "--max-size", "0.2"), "larger than max size"),
        (("--palette", "nocolour"), "--palette"),
        (("--palette", "0"), "--palette"),
        (("--canvas", "nocolour"), "'nocolour' is no colour"),
        (("--loss", "l3"), "--loss"),
        (("--engine", "magic"), "magic"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(tmp_path, wish, said):
    image = picture(tmp_path / "in.png")
    result = nftforge("stroke", image, "-o", tmp_path / "out", *wish)
    assert result.code == 2 and said in result.err and "Traceback" not in result.err
    assert not (tmp_path / "out").exists()


def test_a_device_that_is_not_there_is_told(tmp_path):
    image = picture(tmp_path / "in.png")
    result = nftforge("stroke", image, "-o", tmp_path, env={"NFTFORGE_DEVICE": "abacus"})
    assert result.code == 2 and "known: cpu, cuda" in result.err
    (tmp_path / ".env").write_text("NFTFORGE_DEVICE=slide-rule\n")
    result = nftforge("stroke", image, "-o", tmp_path, cwd=tmp_path)
    assert result.code == 2 and "slide-rule" in result.err


def test_cid_of_files_and_folders(tmp_path):
    path = tmp_path / "hello"
    path.write_bytes(b"hello world\n")
    assert nftforge("cid", path).out.strip() == (
        "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    )
    assert nftforge("cid", tmp_path, "--json").json["profile"] == "kubo-v1"
    assert nftforge("cid", tmp_path / "none").code == 2
    assert nftforge("cid", path, "--profile", "x").code == 2


def test_schema_brushes_networks_and_doctor_speak_json():
    assert nftforge("schema").json["title"] == "nftforge collection"
    assert {brush["name"] for brush in nftforge("brushes", "--json").json} >= {"oil", "tape"}
    rows = {row["name"]: row for row in nftforge("networks", "--json").json}
    assert rows["sepolia"]["chain_id"] == 11155111 and rows["embedded"]["rpc_set"]
    checked = nftforge("doctor", "--json")
    assert checked.code == 0 and checked.json["ok"]


def test_doctor_never_shows_a_secret():
    env = {"SEPOLIA_RPC_URL": "https://x/SECRETSECRET", "NFTFORGE_PRIVATE_KEY": "0x" + "42" * 32}
    result = nftforge("doctor", env=env)
    assert "SECRETSECRET" not in result.out and "4242" not in result.out


def test_wallets_are_made_imported_and_listed(tmp_path):
    env = {"NFTFORGE_HOME": str(tmp_path), "NFTFORGE_KEYSTORE_PASSWORD": "correct horse"}
    made = nftforge("wallet", "new", "artist", env=env)
    assert made.code == 0
    address = made.out.splitlines()[0]
    assert nftforge("wallet", "address", "artist", env=env).out.strip().lower() == address.lower()
    imported = nftforge("wallet", "import", "other", env=env, stdin="0x" + "42" * 32 + "\n")
    assert imported.out.startswith("0x17c5185167401eD00cF5F5b2fc97D9BBfDb7D025")
    assert nftforge("wallet", "new", "artist", env=env).code == 2
    assert nftforge("wallet", "import", "bad", env=env, stdin="0x12\n").code == 2
    assert "artist" in nftforge("wallet", "address", env=env).out
    no_password = nftforge("wallet", "new", "x", env={"NFTFORGE_HOME": str(tmp_path)})
    assert no_password.code == 2 and "PASSWORD" in no_password.err


# --- bad usage and bad input --------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["run", "none.yaml"],
        ["run", "--until"],
        ["stroke", "none.png", "-o", "out"],
        ["stroke", "none.png", "-o", "out", "--strokes", "0"],
    ],
)
def test_wrong_usage_exits_2_with_a_message(tmp_path, arguments):
    result = nftforge(*arguments, cwd=tmp_path)
    assert result.code == 2 and result.err and "Traceback" not in result.err


def test_an_error_is_a_document_too(tmp_path):
    result = nftforge("run", tmp_path / "none.yaml", "--json")
    assert result.json["error"]["exit_code"] == 2 == result.code
    assert "there is no file" in result.json["error"]["fact"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("brush: tape", "brush: spray", ":5: paint.brush: there is no brush 'spray'"),
        ("name: Two}", "name: Two, brush: spray}", ":9: pieces[1].brush: there is no brush"),
        ("canvas: white", "canvas: white, engine: magic", ":5: paint.engine: there is no engine"),
        ("mint: {", "pin: {to: [local, moon]}\nmint: {", ":10: pin.to[1]: there is no back-end"),
        ("network: embedded", "network: ropsten", "there is no network 'ropsten'"),
    ],
)
def test_names_that_nothing_answers_to_are_refused_before_any_work(tmp_path, old, new, said):
    path = small_collection(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    result = nftforge("run", path)
    assert result.code == 2 and said in result.err and "Traceback" not in result.err
    assert not (tmp_path / ".nftforge").exists()


def test_an_unknown_piece_or_stage_is_refused(tmp_path):
    path = small_collection(tmp_path)
    assert "there is no piece nine" in nftforge("run", path, "--only", "one,nine").err
    assert "stages are paint" in nftforge("run", path, "--until", "moon").err


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"x" * 90])
def test_a_bad_picture_stops_before_another_is_painted(tmp_path, content):
    path = small_collection(tmp_path)
    (tmp_path / "images" / "two.png").write_bytes(content)
    result = nftforge("run", path)
    assert result.code == 2 and "two.png" in result.err and "Traceback" not in result.err
    assert not [*tmp_path.glob(".nftforge/store/paint/*")]
    picture(tmp_path / "images" / "two.png", 2)
    assert nftforge("run", path).code == 0


def test_a_full_disk_is_told_and_a_rerun_goes_on(tmp_path):
    """A limit on the size of files makes every large write fail, as a full disk does."""
    path = small_collection(tmp_path)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))

    result = subprocess.run(
        [sys.executable, "-c", IGNORING_SIGXFSZ, "run", str(path)],
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )
    assert result.returncode == 3, result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / ".nftforge" / "tmp").exists()
    assert nftforge("run", path).code == 0


IGNORING_SIGXFSZ = """
import signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from nftforge.__main__ import main
main()
"""


HIDDEN_CTRL_C = """
import nftforge.cli.app
def app(*arguments, **options):
    raise SystemError("<function> returned a result with an exception set") from KeyboardInterrupt()
nftforge.cli.app.app = app
from nftforge.__main__ import main
main()
"""


def test_ctrl_c_while_numba_loads_a_function_is_one_too():
    """CPython wraps a KeyboardInterrupt that C code overlooked, as numba's dispatcher may."""
    result = subprocess.run([sys.executable, "-c", HIDDEN_CTRL_C], capture_output=True, text=True)
    assert result.returncode == 130 and "run the same command" in result.stderr


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    path = small_collection(tmp_path)
    (tmp_path / ".nftforge").write_text("a file where the folder should be")
    result = nftforge("run", path)
    assert result.code == 3 and ".nftforge" in result.err and "Traceback" not in result.err


def test_the_readme_and_docs_name_only_commands_that_exist():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for line in page.read_text().splitlines():
            words = line.strip().removeprefix("$ ").removeprefix(".venv/bin/").split()
            if line.startswith("    ") and words[:1] == ["nftforge"] and len(words) > 1:
                assert words[1] in COMMANDS or words[1].startswith("-"), f"{page}: {line}"


def test_the_demo_collection_is_what_the_readme_says():
    from nftforge.config.load import load_collection

    collection = load_collection(ROOT / "configs" / "demo.yaml").collection
    assert len(collection.pieces) >= 3
    brushes = {piece.brush or collection.paint.brush for piece in collection.pieces}
    assert len(brushes) >= 2
    assert all(Path(ROOT / "configs" / piece.image).exists() for piece in collection.pieces)
    assert (
        json.loads((ROOT / "configs" / "collection.schema.json").read_text())
        == nftforge("schema").json
    )
