// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ForgeCollection} from "../src/ForgeCollection.sol";
import {Base} from "./Base.sol";

/// @dev What ForgeCollection must be indistinguishable from: an owner stored for each token.
contract PlainERC721 is ERC721 {
    uint256 public nextId = 1;

    constructor() ERC721("A", "A") {}

    function mint(address to) external {
        _mint(to, nextId++);
    }
}

/// @dev Does everything to both collections and reverts at the first difference. Four accounts pass
/// tokens to and fro; batches are small and large, so that pages are cut everywhere.
contract Twins is Base {
    ForgeCollection public immutable paged;
    PlainERC721 public immutable plain;
    address[4] public accounts = [address(0xA1), address(0xB2), address(0xC3), address(0xD4)];

    mapping(string what => uint256) public done;
    bytes32[] public directories;
    uint256[] public starts;

    constructor() {
        ForgeCollection.Batch memory none;
        paged = new ForgeCollection("A", "A", address(this), 1_000_000, 0, 0, none);
        plain = new PlainERC721();
    }

    function batches() external view returns (uint256) {
        return starts.length;
    }

    function mint(uint256 to, uint256 count, bytes32 directory) public {
        address account = accounts[to % 4];
        count = count % 4 == 0 ? count % 200 + 1 : count % 9 + 1;
        starts.push(paged.nextId());
        directories.push(directory);
        paged.mintBatch(account, paged.nextId(), count, directory);
        for (uint256 i = 0; i < count; ++i) plain.mint(account);
        ++done["mint"];
    }

    function airdrop(uint256 seed, uint256 count, bytes32 directory) public {
        address[] memory to = new address[](count % 90 + 1);
        starts.push(paged.nextId());
        directories.push(directory);
        for (uint256 i = 0; i < to.length; ++i) {
            to[i] = accounts[(seed >> (i % 250)) % 4];
            plain.mint(to[i]);
        }
        paged.mintBatchTo(to, paged.nextId(), directory);
        ++done["airdrop"];
    }

    function transfer(uint256 token, uint256 sender, uint256 from, uint256 to) public {
        both(
            accounts[sender % 4],
            abi.encodeCall(paged.transferFrom, (owner(token, from), someone(to), id(token))),
            "transfer"
        );
    }

    function safeTransfer(uint256 token, uint256 from, uint256 to) public {
        bytes memory call = abi.encodeWithSignature(
            "safeTransferFrom(address,address,uint256)", owner(token, from), someone(to), id(token)
        );
        both(owner(token, from), call, "safe transfer");
    }

    function approve(uint256 token, uint256 sender, uint256 to) public {
        both(owner(token, sender), abi.encodeCall(paged.approve, (someone(to), id(token))), "approve");
    }

    function approveAll(uint256 sender, uint256 to, bool yes) public {
        bytes memory call = abi.encodeCall(paged.setApprovalForAll, (someone(to), yes));
        both(accounts[sender % 4], call, "approve all");
    }

    function update(uint256 index, bytes32 directory) public {
        if (starts.length == 0) return;
        index %= starts.length;
        try paged.setDirectory(index, directory) {
            check(!paged.frozen(), "frozen, but changed");
            directories[index] = directory;
            ++done["update"];
        } catch {
            check(paged.frozen(), "not frozen, but refused");
            ++done["refused update"];
        }
    }

    /// @dev Rarely, or nothing would be left to update.
    function freeze(uint256 seed) public {
        if (seed % 8 != 0) return;
        paged.freeze();
        ++done["freeze"];
    }

    /// @dev Mostly tokens that are there, page edges often, at times one that is not.
    function id(uint256 token) public view returns (uint256) {
        uint256 next = plain.nextId();
        if (token % 16 == 0) return token % 32 == 0 ? 0 : next + token % 300;
        if (token % 16 < 4) return token / 16 % (next / 72 + 1) * 72 + token / 1024 % 3;
        return token / 16 % next;
    }

    /// @dev Mostly the owner.
    function owner(uint256 token, uint256 seed) private view returns (address) {
        try plain.ownerOf(id(token)) returns (address found) {
            if (seed % 4 != 0) return found;
        } catch {}
        return accounts[seed / 4 % 4];
    }

    function someone(uint256 seed) private view returns (address) {
        return seed % 16 == 0 ? address(0) : accounts[seed / 16 % 4];
    }

    function both(address sender, bytes memory call, string memory what) private {
        vm.prank(sender);
        (bool fine, bytes memory answer) = address(plain).call(call);
        vm.prank(sender);
        (bool same_, bytes memory other) = address(paged).call(call);
        check(fine == same_ && keccak256(answer) == keccak256(other), string.concat("differ: ", what));
        ++done[fine ? what : string.concat("refused ", what)];
    }
}

contract Differential is Base {
    Twins private twins;

    function setUp() public {
        twins = new Twins();
        twins.mint(0, 3, bytes32(uint256(7)));
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(twins);
    }

    /// forge-config: default.invariant.fail-on-revert = true
    /// forge-config: ci.invariant.fail-on-revert = true
    function invariant_no_caller_can_tell_it_from_plain_ERC721() public view {
        ForgeCollection paged = twins.paged();
        PlainERC721 plain = twins.plain();
        uint256 next = plain.nextId();
        check(paged.nextId() == next && paged.totalSupply() == next - 1, "supply");
        uint256 total = 0;
        for (uint256 i = 0; i < 4; ++i) {
            address account = twins.accounts(i);
            check(paged.balanceOf(account) == plain.balanceOf(account), "balance");
            total += paged.balanceOf(account);
        }
        check(total == next - 1, "every token is somebody's");
        for (uint256 id = 0; id < next + 150; ++id) {
            bool exists = id > 0 && id < next;
            (bool fine, bytes memory answer) =
                address(paged).staticcall(abi.encodeCall(paged.ownerOf, (id)));
            (bool same_, bytes memory other) =
                address(plain).staticcall(abi.encodeCall(paged.ownerOf, (id)));
            check(fine == exists && same_ == exists && keccak256(answer) == keccak256(other), "owner");
            if (exists) check(paged.getApproved(id) == plain.getApproved(id), "approved");
        }
    }

    function invariant_batches_are_as_they_were_minted() public view {
        ForgeCollection paged = twins.paged();
        check(paged.batchCount() == twins.batches(), "batches");
        uint256 expected = 1;
        for (uint256 i = 0; i < paged.batchCount(); ++i) {
            (uint256 firstId, uint256 count, bytes32 directory,) = paged.batch(i);
            check(firstId == expected && firstId == twins.starts(i) && count > 0, "gap");
            check(directory == twins.directories(i), "directory");
            expected = firstId + count;
            string memory uri = paged.tokenURI(expected - 1);
            check(same(uri, uriOf(directory, expected - 1)), uri);
            check(same(paged.tokenURI(firstId), uriOf(directory, firstId)), "first");
        }
        check(expected == paged.nextId(), "next");
    }

    /// @dev The campaign must do everything it claims, at least over one long fixed sequence.
    function test_the_twins_really_mint_move_update_and_freeze() public {
        for (uint256 i = 0; i < 400; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            uint256 other = uint256(keccak256(abi.encode(seed)));
            if (i % 20 == 0) twins.mint(seed, other, bytes32(seed));
            if (i % 20 == 7) twins.airdrop(seed, other, bytes32(seed));
            if (i % 2 == 0) twins.transfer(seed, other, other / 7, other / 77);
            if (i % 3 == 0) twins.safeTransfer(seed, other / 7, other / 77);
            if (i % 5 == 0) twins.approve(seed, other, other / 77);
            if (i % 9 == 0) twins.approveAll(seed, other, seed % 2 == 0);
            if (i % 5 == 0) twins.update(seed, bytes32(other));
            if (i > 200) twins.freeze(seed);
            if (i % 100 == 99) {
                invariant_no_caller_can_tell_it_from_plain_ERC721();
                invariant_batches_are_as_they_were_minted();
            }
        }
        string[11] memory all = [
            "mint", "airdrop", "transfer", "refused transfer", "safe transfer", "refused safe transfer",
            "approve", "approve all", "update", "refused update", "freeze"
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            check(twins.done(all[i]) > 0, all[i]);
        }
    }
}
