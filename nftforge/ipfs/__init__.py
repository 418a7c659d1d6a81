"""CIDs, UnixFS and CAR files made here, and the services that hold them.

    from pathlib import Path
    from nftforge.ipfs import PROFILES, Blockstore, import_path, walk, write_car

    blocks = Blockstore(Path("blocks"))
    root = import_path(Path("picture.png"), PROFILES["kubo-v1"], blocks.put).cid
    with open("picture.car", "wb") as car:
        write_car(car, [root], walk(root, blocks.get))

The package knows nothing of collections and could be published alone. Its front door:

    CIDs and files      Cid  PROFILES  import_file  import_directory  import_path
    blocks              Blockstore  walk  read_file  list_directory  write_car  read_car
    metadata            Attribute  token_metadata  contract_metadata  parse_token_metadata
    services            Service  Gateway

What is named here is loaded when it is first used: `import nftforge.ipfs` loads no HTTP client.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
