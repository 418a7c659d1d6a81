"""What nftforge/cli/completion.json says, read off the real commands."""

from __future__ import annotations

from typing import Any, get_args

import typer

from nftforge.chain.networks import NETWORKS
from nftforge.cli.app import app
from nftforge.cli.everywhere import COLOUR, HELP, LOG, WHENS
from nftforge.cli.help import COMPLETION
from nftforge.cli.install_completion import SHELLS
from nftforge.config.models import BACK_ENDS, Surface
from nftforge.ipfs.unixfs import PROFILES
from nftforge.painting.brushes import brush_names, load_brush
from nftforge.painting.settings import ENGINES
from nftforge.pipeline.run import STAGES

KINDS = {  # of what an option takes
    "--network": "network", "--only": "piece", "--until": "stage", "--to": "back-end",
    "--brush": "brush", "--profile": "profile", "--engine": "engine", "--loss": "loss",
    "--preset": "preset", "--surface": "surface",
}  # fmt: skip
ARGUMENTS = {"FILE": "collection", "COMMAND": "command", "wallet address NAME": "keystore",
             "PIECE": "a piece"}  # fmt: skip


def table() -> dict[str, Any]:
    root = typer.main.get_command(app)
    alone = {names.split()[0]: {"about": about, "takes": "shell"} for names, about in COMPLETION}
    return {
        **_node(root, ""),
        "options": {**_options(root), **alone},
        "everywhere": {
            **{
                name: {"about": about}
                for names, _, about in HELP
                for name in names
                if name not in (*COLOUR, *LOG)
            },
            "--color": {"about": HELP[2][2], "takes": "when"},
            "--log": {"about": HELP[3][2], "takes": "file"},
            "--help": {"about": "What a command can do."},
            "-h": {"about": "What a command can do."},
        },
        "names": {
            "network": {name: row.kind for name, row in NETWORKS.items()},
            "brush": {n: load_brush(n).BRUSH.about for n in brush_names() if n != "own"},
            "stage": dict.fromkeys(STAGES, ""),
            "back-end": dict.fromkeys(BACK_ENDS, ""),
            "profile": dict.fromkeys(PROFILES, ""),
            "engine": dict.fromkeys(["auto", *ENGINES], ""),
            "loss": {"l2": "", "l1": ""},
            "preset": {"8-bit": ""},
            "surface": dict.fromkeys(get_args(Surface), ""),
            "when": dict.fromkeys(WHENS, ""),
            "shell": dict.fromkeys(SHELLS, ""),
        },
    }


def _node(command: Any, name: str) -> dict[str, Any]:
    about = command.get_short_help_str(100)
    if commands := getattr(command, "commands", None):
        below = {key: _node(value, f"{name} {key}".strip()) for key, value in commands.items()}
        return {"about": about, "commands": below}
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    return {
        "about": about,
        "arguments": [_argument(name, param) for param in arguments],
        "options": _options(command),
    }


def _argument(command: str, param: Any) -> str:
    for key in (f"{command} {param.metavar}", param.metavar):
        if key in ARGUMENTS:
            return ARGUMENTS[key]
    return _files(param)


def _options(command: Any) -> dict[str, Any]:
    return {
        name: {"about": param.help or ""} if param.is_flag else {
            "about": param.help or "", "takes": _kind(name, param),
        }
        for param in command.params
        if param.param_type_name == "option"
        for name in (*param.opts, *param.secondary_opts)
    }  # fmt: skip


def _kind(name: str, param: Any) -> str:
    if name == "--to" and param.metavar != "NAME,..":
        return ""
    return KINDS.get(name) or _files(param)


def _files(param: Any) -> str:
    if not param.type_descriptor.is_path:
        return ""
    return "folder" if param.metavar == "DIR" else "file"
