"""A node of its own for each test, a proxy before it that can lie, and a machine that mints."""

from __future__ import annotations

import pytest
from support.anvil import anvil
from support.fault_proxy import fault_proxy
from support.machine import Machine


@pytest.fixture
def node():
    with anvil() as url:
        yield url


@pytest.fixture
def proxy(node):
    with fault_proxy(node) as made:
        yield made


@pytest.fixture
def machine(tmp_path, proxy):
    return Machine(tmp_path / "a", proxy.url)
