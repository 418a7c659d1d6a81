"""`nftforge ipfs`: what is pinned on this disk, for other programs to read."""

from __future__ import annotations

from typing import Annotated

import typer

from nftforge.cli.collection_file import HERE
from nftforge.cli.context import listening
from nftforge.cli.help import Commands
from nftforge.cli.options import File
from nftforge.cli.output import show
from nftforge.core.errors import ConfigError

ipfs = typer.Typer(
    help="A gateway to what is pinned on this disk.",
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=Commands,
)


@ipfs.command("serve")
def ipfs_serve(
    file: File = HERE,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="On 127.0.0.1; 0 takes a free one.")
    ] = 8080,
) -> None:
    """Serve what is pinned on this disk as a small IPFS gateway, until Ctrl-C."""
    from nftforge.config.load import load_collection
    from nftforge.ipfs.blockstore import Blockstore
    from nftforge.ipfs.serve import GatewayServer

    folder = load_collection(file).work_folder / "ipfs" / "blocks"
    if not folder.is_dir():
        raise ConfigError(f"nothing is pinned in {folder}", hint=f"run `nftforge pin {file}` first")
    with listening(lambda: GatewayServer(Blockstore(folder).get, port), port) as server:
        show(f"{server.url}/ipfs/<cid>")
        server.serve_forever()
