"""While a transaction is awaited its confirmations are counted, on a real Anvil."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import RecordedReport
from support.anvil import anvil, rpc
from support.machine import ANVIL, LAB, Machine

from nftforge.chain.wallet import key_signer

pytestmark = pytest.mark.anvil
KEY = "0x" + "42" * 32


class Bars(RecordedReport):
    def __init__(self):
        super().__init__()
        self.shown = []

    def progress(self, task, done, total, note=""):
        super().progress(task, done, total, note)
        self.shown.append((task, done, total, note))


def of(bars, task):
    """What a bar showed, without repetition."""
    return list(dict.fromkeys(row[1:] for row in bars.shown if row[0] == task))


def test_a_bar_counts_confirmations_until_there_are_enough(tmp_path):
    network = replace(LAB, confirmations=3, block_s=0.5)
    with anvil("--block-time", "1") as url:
        rpc(url, "anvil_setBalance", key_signer(KEY).address, hex(10**19))
        machine = Machine(tmp_path, url, network, ("one",), KEY, report=Bars())
        machine.mint()
    for task in ("deploy", "mint tokens-1-1"):
        shown = of(machine.report, task)
        assert (1, 3, "confirmation 1 of 3") in shown and (2, 3, "confirmation 2 of 3") in shown
        assert shown[-1] == (3, 3, "")  # the bar goes away


def test_a_rehearsal_has_nothing_to_count(tmp_path):
    with anvil() as url:
        machine = Machine(tmp_path, url, ANVIL, ("one",), report=Bars())
        machine.mint()
    assert all(task.startswith("pin ") for task, *_ in machine.report.shown)
