"""Several commands in one process, which loads everything once: `commands.py A B -- C D -- ...`"""

import sys
from itertools import groupby

from nftforge.cli.everywhere import taken_from
from nftforge.core.errors import NftforgeError

words = groupby(sys.argv[1:], key=lambda word: word == "--")
for arguments in [list(group) for is_end, group in words if not is_end]:
    everywhere, rest = taken_from(arguments)
    everywhere.obey()
    from nftforge.cli.app import app

    try:
        app(rest, standalone_mode=False)
    except NftforgeError as error:
        print(error.fact, file=sys.stderr)
