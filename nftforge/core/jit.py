"""Says what is being compiled: the first use of a brush takes numba 10 to 20 s, in silence.

numba keeps what it compiled on this machine, so it happens once. `clock` stands still meanwhile:
who gives a painting 5 s means painting. Events:
https://numba.readthedocs.io/en/stable/reference/jit-compilation.html#events
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
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


def clock() -> float:
    """Seconds as of `time.monotonic`, without those in which any thread compiled since the first
    call."""
    return float(_compiling().clock())


@cache
def _compiling() -> Any:
    """What counts them from now on, for as long as the process lives."""
    with _importing:
        from numba.core import event

    class Stopwatch(event.Listener):
        def __init__(self) -> None:
            self.lock, self.running, self.since, self.passed = threading.Lock(), 0, 0.0, 0.0

        def on_start(self, happening: Any) -> None:
            with self.lock:
                if not self.running:
                    self.since = time.monotonic()
                self.running += 1

        def on_end(self, happening: Any) -> None:
            with self.lock:
                self.running -= 1
                if not self.running:
                    self.passed += time.monotonic() - self.since

        def clock(self) -> float:
            with self.lock:
                return (self.since if self.running else time.monotonic()) - self.passed

    watch = Stopwatch()
    event.register("numba:compile", watch)  # type: ignore[no-untyped-call]
    return watch


def _name(module: str, function: str) -> str | None:
    """Loops are called after what they do, the brush, and a hash: descend_oil_0123456789ab."""
    if module == "nftforge.painting.kernels" and function.count("_") >= 2:
        return f"the {function.split('_')[-2]} brush"
    return "the GIF coder" if module.startswith("nftforge.media") else None
