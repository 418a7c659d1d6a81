"""Who receives what: CSV files, checksums, names, and contracts that would lose a token."""

from dataclasses import replace
from itertools import groupby

import pytest
from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from support.anvil import anvil, height, mined, rpc
from support.killer import killed_at
from support.machine import ANVIL, Machine, mint_pieces

from nftforge.chain.connection import connect
from nftforge.chain.contract import fits_one_call
from nftforge.chain.networks import find_network
from nftforge.chain.pricing import GAS_MARGIN, MAX_GAS
from nftforge.chain.providers import HttpProvider
from nftforge.chain.recipient_checks import NOBODY, check_recipients
from nftforge.chain.wallet import DEV_ADDRESS, key_signer
from nftforge.core.errors import ConfigError, GuardError
from nftforge.core.stage import settle
from nftforge.pipeline.minting.open import mint_plan, open_session
from nftforge.pipeline.minting.plan import Batch, new_batches

pytestmark = pytest.mark.anvil
ALICE, BOB = "0x52908400098527886E0F7030069857D2E4169EE7", "0x" + "b0" * 20
REJECTS, SILENT = "0x" + "c0" * 20, "0x" + "c1" * 20
TAKES, DELEGATES = "0x" + "c2" * 20, "0x" + "c3" * 20
STRANGERS = [to_checksum_address(f"0x{number:040x}") for number in range(1 << 90, (1 << 90) + 5)]
RECEIVER_CODE = "0x63150b7a0260e01b60005260206000f3"  # returns the magic value, whatever is asked
UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
FAKE_ENS = (  # answers resolve(bytes,bytes) with {0}, and that {1} says so, whatever is asked
    "0x6040600052" "73{1}602052" "6020604052" "73{0}606052" "60806000f3"
)  # fmt: skip


@pytest.fixture(scope="module")
def node():
    with anvil() as url:
        rpc(url, "anvil_setCode", REJECTS, "0x60006000fd")
        rpc(url, "anvil_setCode", SILENT, "0x00")
        rpc(url, "anvil_setCode", TAKES, RECEIVER_CODE)
        rpc(url, "anvil_setCode", DELEGATES, "0xef0100" + "d0" * 20)
        yield url


def machine(folder, node, csv, **options):
    folder.mkdir(exist_ok=True)
    (folder / "holders.csv").write_text(csv)
    options.setdefault("name", folder.name)
    return Machine(folder, node, mint_options={"to": "holders.csv"}, **options)


def test_every_piece_goes_to_its_holder(tmp_path, node):
    csv = f"piece,address\ntwo,{BOB}\none,{ALICE}\nthree,{ALICE.lower()}\n"
    made = machine(tmp_path / "drop", node, csv, pieces=("one", "three", "two"))
    ledger = made.mint()
    owners = {piece: token.owner.lower() for piece, token in ledger.tokens.items()}
    assert owners == {"one": ALICE.lower(), "three": ALICE.lower(), "two": BOB}
    sent = [
        to for to, ok in mined(node, DEV_ADDRESS) if to.lower() == ledger.address.lower() and ok
    ]
    assert len(sent) == 1  # all holders in one call
    (outcome,) = [e.data for e in made.journal() if e.effect.startswith("mint ") and "tx" in e.data]
    assert outcome["to"] == [[ALICE, 2], [to_checksum_address(BOB), 1]]
    again = made.mint()
    assert all(token.cached for token in again.tokens.values())


def drop(folder, node, holders):
    """A machine whose piece k goes to holders[k]; what holders[k] is, and the file."""
    pieces = [f"p{number}" for number in range(len(holders))]
    rows = [f"{piece},{holder}" for piece, holder in zip(pieces, holders, strict=True)]
    return machine(folder, node, "\n".join(["piece,address", *rows]), pieces=pieces)


def owners(ledger):
    return [token.owner for token in sorted(ledger.tokens.values(), key=lambda t: t.token_id)]


def test_an_airdrop_on_the_embedded_chain_is_planned_minted_and_lost_journals_do_not_repeat_it(
    tmp_path,
):
    holders = [STRANGERS[k] for k in (0, 0, 1, 2, 2, 2, 0, 3)]
    made = drop(tmp_path / "embedded", "", holders)
    made.network = find_network("embedded")
    assert owners(made.mint()) == holders
    kinds = [row["kind"] for row in made.bills[0]["transactions"]]
    assert kinds == ["deploy", "mint"]
    made.journal_path.unlink()
    again = made.mint()
    assert owners(again) == holders and all(token.cached for token in again.tokens.values())
    assert len(made.bills) == 1


def test_killed_at_any_event_an_airdrop_is_minted_once_to_the_right_holders(tmp_path, node):
    holders = [STRANGERS[k] for k in (0, 1, 1, 2, 0)]
    for at in range(10, 23):  # the directory's pin, and all of the mint
        made = drop(tmp_path / f"killed-{at}", node, holders)
        since = height(node)
        assert killed_at(made, at)
        ledger = made.mint()
        assert owners(ledger) == holders
        sent = [ok for to, ok in mined(node, DEV_ADDRESS, since) if to == ledger.address.lower()]
        assert sent == [True] and not made.journal().unfinished()


def test_the_same_airdrop_by_another_machine_to_other_holders_is_noticed(tmp_path, node):
    mine = drop(tmp_path / "race", node, STRANGERS[:3])
    theirs = drop(tmp_path / "race-theirs", node, [STRANGERS[0], *STRANGERS[3:5]])
    theirs.name = mine.name

    def overtake(bill):
        theirs.mint()

    with open_session(mine.job) as session:  # deployed, nothing minted
        settle(mint_plan(mine.job, session, mine.works).steps[0].effect, session.journal)
    ledger = mint_pieces(mine.job, mine.works, mine.report, overtake)
    assert owners(ledger) == owners(theirs.mint())
    assert any("token 2 of" in line and "another run" in line for line in mine.report.said)


def test_holders_who_passed_their_tokens_on_do_not_look_like_another_run(tmp_path, node):
    made = drop(tmp_path / "moved", node, [DEV_ADDRESS, DEV_ADDRESS, ALICE])
    address = made.mint().address
    data = keccak(text="transferFrom(address,address,uint256)")[:4]
    data += encode(("address", "address", "uint256"), (DEV_ADDRESS, BOB, 2))
    move = {"from": DEV_ADDRESS, "to": address, "data": f"0x{data.hex()}"}
    rpc(node, "eth_sendTransaction", move)
    lines = made.journal_path.read_text().splitlines(keepends=True)
    made.journal_path.write_text("".join(lines[:-1]))  # killed before the outcome was written
    ledger = made.mint()
    assert [token.owner for token in ledger.tokens.values()][1] == to_checksum_address(BOB)
    assert not made.journal().unfinished() and made.events.count("mint void") == 0


@given(
    lengths=st.lists(st.one_of(st.integers(1, 3), st.integers(1, 7_000)), max_size=400),
    there=st.integers(0, 3),
)
def test_batches_hold_every_piece_once_in_order_and_each_fits_one_call(lengths, there):
    to = {f"{run}-{k}": str(run) for run, n in enumerate(lengths) for k in range(n)}
    pieces = list(to)
    minted = [Batch(1, tuple(pieces[:there]), None)] if pieces[:there] else []
    batches = new_batches(minted, to, there + 1)
    assert [p for batch in batches for p in batch.pieces] == pieces[there:]
    for batch in batches:
        runs = [len(list(same)) for _, same in groupby(batch.pieces, to.__getitem__)]
        assert fits_one_call(runs)
    ids = [i for batch in batches for i in batch.tokens]
    assert ids == list(range(there + 1, there + 1 + len(ids)))


@pytest.mark.parametrize("length", [1, 63])
def test_the_largest_airdrops_stay_below_the_limits_and_cost_what_the_bill_says(
    tmp_path, node, length
):
    """Each run goes to somebody new; 2^24 gas (EIP-7825) and 128 KiB are what nodes take."""
    count = next(n for n in range(1, 400) if not fits_one_call([length] * (n + 1)))
    holders = [f"0x{0xAA << 152 | run:040x}" for run in range(count) for _ in range(length)]
    made = drop(tmp_path / f"largest-{length}", node, holders)
    ledger = made.mint()
    hashes = {token.tx for token in ledger.tokens.values()}
    assert len(hashes) == 1
    (tx,) = hashes
    used = int(rpc(node, "eth_getTransactionReceipt", tx)["gasUsed"], 16)
    assert used * GAS_MARGIN < MAX_GAS
    assert len(rpc(node, "eth_getRawTransactionByHash", tx)) // 2 < 131_072
    planned = made.bills[0]["transactions"][1]["gas"]
    assert used <= planned <= used * 1.1


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("a,b\n", ":1: the first line must be `piece,address`"),
        ("", ":1: the first line must be"),
        (f"piece,address\none,{ALICE}\n", "no address for two, three"),
        (f"piece,address\nnine,{ALICE}\n", ":2: there is no piece 'nine'"),
        (f"piece,address\none,{ALICE}\none,{BOB}\n", ":3: the piece 'one' has an address already"),
        (f"piece,address\none,{ALICE[:-1]}\n", ":2: '0x5290.*' is no address"),
        (f"piece,address\none,{ALICE[:-3]}eE7\n", ":2: .* wrong checksum"),
        (f"piece,address\none,{ALICE}\ntwo,{NOBODY}\n", f":3: {NOBODY} is the zero address"),
        (f"piece,address\none, {NOBODY} \n", f":2: {NOBODY} is the zero address"),
        ("piece,address\none,0x0\n", ":2: '0x0' is no address"),
        (f"piece,address\none,{NOBODY.replace('x', 'X')}\n", ":2: '0X0+' is no address"),
        ("piece,address\none\n", ":2: a piece and an address"),
        (
            f"piece,address\none,{ALICE}\ntwo,{ALICE}\nthree,artist.eth\n",
            "artist.eth cannot be resolved on anvil",
        ),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_sent(tmp_path, node, csv, said):
    before = rpc(node, "eth_blockNumber")
    with pytest.raises(ConfigError, match=said):
        machine(tmp_path / "wrong", node, csv).mint()
    assert rpc(node, "eth_blockNumber") == before


@pytest.mark.parametrize("receiver", [REJECTS, SILENT])
def test_contracts_that_would_lose_a_token_are_found_before_sending(tmp_path, node, receiver):
    before = rpc(node, "eth_blockNumber")
    csv = f"piece,address\none,{ALICE}\ntwo,{receiver}\nthree,{BOB}\n"
    with pytest.raises(GuardError, match=f"(?i){receiver} on anvil: a contract that takes no"):
        machine(tmp_path / "lost", node, csv).mint()
    assert rpc(node, "eth_blockNumber") == before


def test_contracts_that_take_tokens_and_delegated_accounts_are_fine(tmp_path, node):
    csv = f"piece,address\none,{TAKES}\ntwo,{DELEGATES}\nthree,{BOB}\n"
    ledger = machine(tmp_path / "takes", node, csv).mint()
    assert [ledger.tokens[p].owner.lower() for p in ("one", "two")] == [TAKES, DELEGATES]


def test_holders_are_asked_about_together(node, monkeypatch):
    holders = [to_checksum_address(f"0x{0xBB << 152 | number:040x}") for number in range(250)]
    asked = []
    for method in ("make_request", "make_batch_request"):
        real = getattr(HttpProvider, method)
        monkeypatch.setattr(
            HttpProvider,
            method,
            lambda self, *what, real=real: asked.append(what) or real(self, *what),
        )
    with connect(ANVIL, rpc_url=node, embedded_path=None) as chain:
        check_recipients(chain, ALICE, [*holders, TAKES, DELEGATES])
        assert len(asked) < 10
        with pytest.raises(GuardError, match=f"(?i){REJECTS}, {SILENT} on anvil"):
            check_recipients(chain, ALICE, [*holders, REJECTS, TAKES, SILENT])


def test_ens_names_are_resolved_where_ens_is(tmp_path):
    key = "0x" + "42" * 32
    sepolia = replace(find_network("sepolia"), confirmations=1, block_s=1, timeout_s=5)
    with anvil("--chain-id", "11155111") as url:
        rpc(url, "anvil_setBalance", key_signer(key).address, hex(10**19))
        csv = f"piece,address\none,Künstler.eth\ntwo,{BOB}\nthree,{BOB}\n"
        made = machine(tmp_path / "ens", url, csv, network=sepolia, key=key)
        with pytest.raises(ConfigError, match=r"the ENS name Künstler\.eth has no address"):
            made.mint()
        rpc(url, "anvil_setCode", UNIVERSAL_RESOLVER, FAKE_ENS.format(NOBODY[2:], BOB[2:]))
        with pytest.raises(ConfigError, match=r"the ENS name Künstler\.eth has no address"):
            made.mint()
        rpc(url, "anvil_setCode", UNIVERSAL_RESOLVER, FAKE_ENS.format(ALICE[2:], BOB[2:]))
        assert made.mint().tokens["one"].owner == ALICE
