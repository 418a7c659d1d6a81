from .blockstore import Blockstore
from .car import read_car, write_car
from .cid import Cid
from .dag import list_directory, read_file, walk
from .gateway import Gateway
from .metadata import Attribute, contract_metadata, parse_token_metadata, token_metadata
from .service import Service
from .unixfs import PROFILES, import_directory, import_file, import_path

__all__ = [
    "PROFILES",
    "Attribute",
    "Blockstore",
    "Cid",
    "Gateway",
    "Service",
    "contract_metadata",
    "import_directory",
    "import_file",
    "import_path",
    "list_directory",
    "parse_token_metadata",
    "read_car",
    "read_file",
    "token_metadata",
    "walk",
    "write_car",
]
