"""The command line in a process of its own, forked from one that has loaded it already.

A fork costs a few milliseconds, `python -m nftforge run` 1.7 s before it begins. The child has its
own arguments, environment, folder, streams and exit code, runs nftforge's `__main__`, and ends as
any interpreter does. What it shares with its siblings is what was imported and the hash seed:
whoever tests just that starts a program afresh, as `support.nftforge(..., afresh=True)` does.

The server is this file run as a program: it imports, forks, and computes nothing, so it has no
threads and no state of any command. It ends when whoever started it does.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import re
import resource
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
# Read when an interpreter starts or a library is imported: another value needs another process.
AT_START = re.compile(
    r"(PYTHON|LC_|LANG|NUMBA|OMP_|MKL_|OPENBLAS|LD_|PILLOW|FORCE_COLOR|PY_COLORS|GITHUB_|TERMINAL_)"
)
LEFT_OUT = re.compile(  # torch and CUDA, which few commands load, and what is the program itself
    r"nftforge\.(__main__|painting\.(brushes\._reference|cuda|javascript|neural|reference|style|transport|vgg)\b)"
)
LOADED_BY_COMMANDS = ("dotenv.main", "eth.estimators.gas", "rich.console", "typer.rich_utils")


def can_run(env: Mapping[str, str]) -> bool:
    """Whether a child of the server is as good as a new interpreter with this environment."""
    return sys.platform == "linux" and _at_start(env) == _at_start(os.environ)


def run(
    arguments: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    stdin: bytes = b"",
    kill_after_s: float | None = None,
    limits: Mapping[int, int] | None = None,
) -> tuple[int, bytes, bytes]:
    """Exit code, stdout, stderr. `limits`: of the kernel's, `resource.RLIMIT_...` -> most.

    A test that is stopped meanwhile takes its command with it.
    """
    limited = [*(limits or {}).items()]
    request = {"arguments": [*arguments], "env": {**env}, "cwd": str(cwd), "limits": limited}
    with contextlib.ExitStack() as stack:
        told, in_, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(4))
        _write(told, json.dumps(request).encode())
        _write(in_, stdin)
        connection = stack.enter_context(socket.socket(socket.AF_UNIX))
        connection.connect(_server(_at_start(env)).address)
        socket.send_fds(connection, [b"."], [each.fileno() for each in (told, in_, out, err)])
        if not select.select([connection], [], [], kill_after_s)[0]:
            connection.shutdown(socket.SHUT_WR)  # nobody waits any more: it is killed
        code = json.loads(connection.recv(64) or b"null")
        assert code is not None, "the server of tests/support/loaded.py is gone"
        return code, _read(out), _read(err)


def _write(file: IO[bytes], content: bytes) -> None:
    file.write(content)
    file.flush()
    file.seek(0)


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _at_start(env: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in env.items() if AT_START.match(name))


class Server:
    def __init__(self, at_start: Mapping[str, str]) -> None:
        others = {name: value for name, value in os.environ.items() if not AT_START.match(name)}
        self._folder = tempfile.TemporaryDirectory(prefix="nftforge-test-")
        self.address = str(Path(self._folder.name, "socket"))
        self._process = subprocess.Popen(
            [sys.executable, __file__, self.address],
            cwd=ROOT,
            env={**others, **at_start},
            stdin=subprocess.PIPE,  # it closes when we end, however that is
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout and self._process.stdout.readline(), "it did not start"
        atexit.register(self._end, os.getpid())

    def _end(self, starter: int) -> None:
        if os.getpid() == starter:
            assert self._process.stdin
            self._process.stdin.close()
            self._process.wait()
            self._folder.cleanup()


@cache
def _server(at_start: frozenset[tuple[str, str]]) -> Server:
    return Server(dict(at_start))


# --- the server ---------------------------------------------------------------------------------


def serve(address: str) -> dict[str, Any]:
    """Answer requests until stdin closes; in each child, return what it has to do."""
    sys.path[0] = str(Path.cwd())  # as `python -m` has it, not the folder of this file
    _load()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if 0 in ready:
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _handle(connection)
        connection.close()


def _load() -> None:
    from numba.core.registry import cpu_target
    from PIL import Image

    import nftforge

    for module in pkgutil.walk_packages(nftforge.__path__, "nftforge."):
        if not LEFT_OUT.match(module.name):
            importlib.import_module(module.name)
    for name in LOADED_BY_COMMANDS:
        importlib.import_module(name)
    Image.init()  # every format
    cpu_target.typing_context.refresh()  # what numba loads before the first function
    cpu_target.target_context.refresh()
    assert "torch" not in sys.modules
    gc.collect()
    gc.freeze()


def _handle(connection: socket.socket) -> dict[str, Any]:
    """Fork once more: the child returns, its parent waits for it and tells its exit code."""
    _, files, _, _ = socket.recv_fds(connection, 1, 4)
    child = os.fork()
    if child == 0:
        connection.close()
        with os.fdopen(files[0]) as told:
            request: dict[str, Any] = json.load(told)
        for ours, theirs in enumerate(files[1:]):
            os.dup2(theirs, ours)
            os.close(theirs)
        return request
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, connection], [], [])[0]:  # nobody waits any more
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        connection.send(str(code).encode())
    os._exit(0)


if __name__ == "__main__":
    todo = serve(sys.argv[1])
    os.environ.clear()
    os.environ.update(todo["env"])
    os.chdir(todo["cwd"])
    sys.path[0] = todo["cwd"]
    for kind, most in todo["limits"]:
        resource.setrlimit(kind, (most, most))
    sys.argv[:] = ["nftforge", *todo["arguments"]]
    runpy.run_module("nftforge", run_name="__main__", alter_sys=True)
