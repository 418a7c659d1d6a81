"""What one exchange with a web server may cost: so much time, so many bytes, however it behaves.

Timeouts of blocking HTTP libraries are those of one read: a server that sends a header or a byte
now and then is listened to for ever, and a look-up of a name has no limit at all. So an exchange
runs in a thread of its own, which is left behind when its time is over. And libraries unpack what
they receive chunk by chunk, each whole, packed twice if a header says so: 13 kB become 8 GiB before
anybody can count. So bytes are taken as they come, and unpacked here, in one known way.
Source: https://www.rfc-editor.org/rfc/rfc9110#field.content-encoding
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from typing import TypeVar

from nftforge.core.errors import BadAnswerError

T = TypeVar("T")

ACCEPT_ENCODING = "gzip"  # for the header of that name: what `whole_body` unpacks
SLOWEST = 128 << 10  # bytes a second, of a server that sends on and on
IN_WORDS = {  # of an operating system
    "connection refused": "nothing listens there",
    "name or service not known": "there is no host of that name",
    "nodename nor servname provided": "there is no host of that name",
    "no address associated with hostname": "there is no host of that name",
    "temporary failure in name resolution": "the name of its host cannot be looked up just now",
    "network is unreachable": "there is no way to it from this machine",
    "no route to host": "there is no way to it from this machine",
    "connection reset by peer": "it hung up",
    "broken pipe": "it hung up",
    "server disconnected": "it hung up",
    "timed out": "it took too long",
}
GZIP = 31  # zlib's wbits for it


class Heard:
    """How many bytes of an answer have come; counted by the thread that reads it."""

    def __init__(self) -> None:
        self.bytes = 0


def in_background(work: Callable[[], T], name: str) -> Future[T]:
    """`work` in a daemon thread: a process that ends does not wait for it."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # whoever waits raises it
            result.set_exception(error)

    threading.Thread(target=run, daemon=True, name=f"nftforge-{name}").start()
    return result


def within(seconds: float, work: Callable[[Heard], T], name: str) -> T:
    """What `work` returns, within `seconds` and one more for each SLOWEST bytes that it hears.

    Raises what `work` raises; TimeoutError when the time is over: then `work` goes on by itself,
    and what it uses must not be used again. Ctrl-C ends the wait at once.
    """
    heard = Heard()
    began = time.monotonic()
    result = in_background(lambda: work(heard), name)
    while True:
        left = began + seconds + heard.bytes / SLOWEST - time.monotonic()
        try:
            return result.result(max(0.0, left))
        except NotYetError:
            if result.done():  # it ended now, or a timeout of its own
                return result.result()
            if left <= 0:
                raise TimeoutError(f"no whole answer in {seconds:.0f} s") from None


def whole_body(
    pieces: Iterable[bytes], encoding: str | None, most: int, heard: Heard | None = None
) -> bytes:
    """The bytes of an answer, unpacked; `pieces` as they came, `encoding`: its Content-Encoding.

    Raises BadAnswerError if it has more than `most` bytes, packed or not, or is packed otherwise
    than was asked for.
    """
    packing = (encoding or "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip"):
        raise BadAnswerError("answered with bytes packed in a way that was not asked for")
    gzip = zlib.decompressobj(GZIP) if packing != "identity" else None
    body, came = bytearray(), 0
    for piece in pieces:
        came += len(piece)
        if heard:
            heard.bytes = came
        body += _unpacked(gzip, piece, most + 1 - len(body)) if gzip else piece
        if max(came, len(body)) > most:
            raise BadAnswerError(f"answered with more than {most >> 20} MiB")
        if gzip and gzip.eof:
            break
    if gzip and came and not gzip.eof:
        raise BadAnswerError("broke off in the middle of its answer")
    return bytes(body)


def _unpacked(gzip: zlib._Decompress, piece: bytes, most: int) -> bytes:
    try:
        return gzip.decompress(gzip.unconsumed_tail + piece, most)
    except zlib.error:
        raise BadAnswerError("answered with bytes that are not packed as it says") from None


def in_words(error: Exception) -> str:
    """Why a connection failed, without the numbers that an operating system gives it."""
    said = re.sub(r"\[Errno -?\d+\] ?", "", str(error)) or "the connection broke"
    return next((words for theirs, words in IN_WORDS.items() if theirs in said.lower()), said)
