"""The calls that are refused before they are made, since the contract would take them."""

import pytest

from nftforge.chain.contract import NOBODY, commit_provenance
from nftforge.core.errors import GuardError


def test_a_commitment_to_zero_is_not_made():
    """The contract would emit its event, and still show that nothing was committed to."""
    with pytest.raises(GuardError, match="commitment of zero"):
        commit_provenance(NOBODY, bytes(32))


def test_any_other_commitment_is():
    data = commit_provenance(NOBODY, bytes(31) + b"\1").data
    assert data[4:] == bytes(31) + b"\1"
