"""Says what is being compiled: the first use of a brush takes numba 10 to 20 s, in silence.

numba keeps what it compiled on this machine, so it happens once. Events:
https://numba.readthedocs.io/en/stable/reference/jit-compilation.html#events
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_said: set[str] = set()  # by this process
_saying, _importing = threading.Lock(), threading.Lock()


@contextmanager
def announced(say: Callable[[str], None]) -> Iterator[None]:
    """Tell `say`, once each, which brush or coder is compiled meanwhile, by any thread."""
    with _importing:  # two threads that enter numba at different doors wait for ever
        from numba.core import event

    class Listener(event.Listener):
        def on_start(self, happening: Any) -> None:
            function = happening.data["dispatcher"].py_func
            what = _name(function.__module__, function.__qualname__)
            with _saying:
                new = what is not None and what not in _said
                _said.update([what] if what else [])
            if new:
                say(f"preparing {what}: once on this machine, up to 20 s")

        def on_end(self, happening: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield


def _name(module: str, function: str) -> str | None:
    """Loops are called after what they do, the brush, and a hash: descend_oil_0123456789ab."""
    if module == "nftforge.painting.kernels" and function.count("_") >= 2:
        return f"the {function.split('_')[-2]} brush"
    return "the GIF coder" if module.startswith("nftforge.media") else None
