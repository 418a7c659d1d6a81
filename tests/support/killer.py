"""A child that mints and kills itself (a real SIGKILL: no handler, no flush) at the k-th event.

Events are counted by wrappers around what the package does.
"""

from __future__ import annotations

import os
import signal

from nftforge.chain.providers import HttpProvider
from nftforge.core.journal import Journal
from nftforge.pipeline.minting import transaction

RECEIPT = "eth_getTransactionReceipt"


class Killer:
    """Counts events and kills this process at number `at` (None: never)."""

    def __init__(self, at, log=None):
        self.at, self.count, self.log = at, 0, log

    def event(self, name):
        self.count += 1
        if self.log is not None:
            self.log.append(name)
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner, method, name, patch):
        real = getattr(owner, method)

        def wrapped(*args):
            self.event(f"before {name}")
            result = real(*args)
            self.event(f"after {name}")
            return result

        patch(owner, method, wrapped)

    def install(self, patch):
        self.around(transaction, "sign", "sign", patch)
        self.around(Journal, "append", "append", patch)
        request = HttpProvider.make_request
        seen = set()

        def watched(node, method, params):
            if method == "eth_sendRawTransaction":
                self.event("before send")
            answer = request(node, method, params)
            if method == "eth_sendRawTransaction":
                self.event("after send")
            if method == RECEIPT and answer["result"] and params[0] not in seen:
                seen.add(params[0])
                self.event("receipt")
            return answer

        patch(HttpProvider, "make_request", watched)


def killed_at(machine, at, act=lambda machine: machine.mint()):
    """Do it (mint) in a child that dies at event `at`. Whether it did die."""
    child = os.fork()
    if child == 0:
        try:
            Killer(at).install(setattr)
            act(machine)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
