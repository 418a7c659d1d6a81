// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ForgeCollection} from "../src/ForgeCollection.sol";
import {Base} from "./Base.sol";

contract ForgeCollectionTest is Base {
    ForgeCollection private collection;

    // The CIDs that IPFS tools give for these directory digests (shared vectors: three files).
    bytes32 private constant THREE_FILES =
        0xb342a2218cb4ae9894c1cdf6de4e800fd4b3bbca6bc3728e7c531f6bb956721c;
    string private constant THREE_FILES_CID =
        "bafybeiftikrcddfuv2mjjqon63pe5aap2sz3xstlynzi47ctd5v3svtsdq";

    function setUp() public {
        collection = deploy(1000);
    }

    function deploy(uint256 maxSupply) private returns (ForgeCollection) {
        ForgeCollection.Batch memory none;
        return new ForgeCollection("CryptoArt AI", "CART", ARTIST, maxSupply, 500, bytes32(0), none);
    }

    function mint(uint256 firstId, uint256 count, bytes32 directory) private {
        vm.prank(ARTIST);
        collection.mintBatch(ARTIST, firstId, count, directory);
    }

    function test_batch_gives_every_token_an_owner() public {
        mint(1, 3, THREE_FILES);
        for (uint256 id = 1; id <= 3; ++id) {
            check(collection.ownerOf(id) == ARTIST, "owner");
        }
        check(collection.nextId() == 4 && collection.balanceOf(ARTIST) == 3, "supply");
    }

    function test_minting_the_same_batch_twice_reverts() public {
        mint(1, 3, THREE_FILES);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NotNextToken.selector, 4, 1));
        mint(1, 3, THREE_FILES);
    }

    function test_minting_out_of_order_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NotNextToken.selector, 1, 2));
        mint(2, 1, THREE_FILES);
    }

    function test_an_empty_batch_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.EmptyBatch.selector));
        mint(1, 0, THREE_FILES);
    }

    function test_supply_is_capped() public {
        collection = deploy(5);
        mint(1, 5, THREE_FILES);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.ExceedsMaxSupply.selector, 5, 1));
        mint(6, 1, THREE_FILES);
    }

    function testFuzz_count_cannot_overflow_the_cap(uint256 count) public {
        vm.assume(count > 1000);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.ExceedsMaxSupply.selector, 1000, count));
        mint(1, count, THREE_FILES);
    }

    function testFuzz_only_owner_and_minters_mint(address stranger) public {
        vm.assume(stranger != ARTIST);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NotMinter.selector, stranger));
        collection.mintBatch(stranger, 1, 1, THREE_FILES);
        vm.prank(ARTIST);
        collection.setMinter(stranger, true);
        vm.assume(stranger != address(0) && stranger.code.length == 0);
        vm.prank(stranger);
        collection.mintBatch(stranger, 1, 1, THREE_FILES);
        check(collection.ownerOf(1) == stranger, "minter mints");
    }

    function test_tokenURI_is_the_cid_that_ipfs_gives() public {
        mint(1, 3, THREE_FILES);
        string memory wanted = string.concat("ipfs://", THREE_FILES_CID, "/3.json");
        check(same(collection.tokenURI(3), wanted), collection.tokenURI(3));
    }

    function testFuzz_each_batch_keeps_its_directory(bytes32 first, bytes32 second) public {
        vm.assume(first != second);
        mint(1, 2, first);
        mint(3, 2, second);
        string memory one = collection.tokenURI(2);
        check(!same(one, collection.tokenURI(3)), "differ");
        vm.prank(ARTIST);
        collection.setDirectory(1, first);
        check(bytes(collection.tokenURI(3)).length == bytes(one).length, "length");
        (uint256 firstId, uint256 count, bytes32 directory, address to) = collection.batch(1);
        check(firstId == 3 && count == 2 && directory == first && to == ARTIST, "batch");
    }

    function test_frozen_metadata_never_changes() public {
        mint(1, 1, THREE_FILES);
        vm.prank(ARTIST);
        collection.freeze();
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.MetadataFrozen.selector));
        collection.setDirectory(0, bytes32(0));
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.MetadataFrozen.selector));
        collection.setContractDirectory(bytes32(uint256(1)));
    }

    function testFuzz_strangers_change_nothing(address stranger) public {
        vm.assume(stranger != ARTIST);
        bytes memory refused =
            abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.prank(stranger);
        vm.expectRevert(refused);
        collection.freeze();
        vm.prank(stranger);
        vm.expectRevert(refused);
        collection.setMinter(stranger, true);
        vm.prank(stranger);
        vm.expectRevert(refused);
        collection.setDirectory(0, 0);
        vm.prank(stranger);
        vm.expectRevert(refused);
        collection.commitProvenance(0);
    }

    function test_provenance_is_committed_once() public {
        vm.prank(ARTIST);
        collection.commitProvenance(THREE_FILES);
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.ProvenanceAlreadySet.selector));
        collection.commitProvenance(bytes32(uint256(1)));
    }

    function testFuzz_royalty_is_five_percent(uint128 price) public {
        mint(1, 1, THREE_FILES);
        (address to, uint256 amount) = collection.royaltyInfo(1, price);
        check(to == ARTIST && amount == uint256(price) * 500 / 10_000, "royalty");
    }

    function test_interfaces() public view {
        check(collection.supportsInterface(0x01ffc9a7), "ERC-165");
        check(collection.supportsInterface(0x80ac58cd), "ERC-721");
        check(collection.supportsInterface(0x5b5e139f), "ERC-721 metadata");
        check(collection.supportsInterface(0x2a55205a), "ERC-2981");
        check(collection.supportsInterface(0x49064906), "ERC-4906");
        check(!collection.supportsInterface(0xffffffff), "not everything");
    }

    function test_contractURI_is_empty_or_a_cid() public {
        check(same(collection.contractURI(), ""), "empty");
        vm.prank(ARTIST);
        collection.setContractDirectory(THREE_FILES);
        string memory wanted = string.concat("ipfs://", THREE_FILES_CID, "/contract.json");
        check(same(collection.contractURI(), wanted), collection.contractURI());
    }

    function test_the_constructor_can_mint_a_first_batch() public {
        ForgeCollection.Batch memory first = ForgeCollection.Batch(1, 4, BUYER, THREE_FILES);
        collection = new ForgeCollection("A", "A", ARTIST, 10, 0, bytes32(0), first);
        check(collection.ownerOf(4) == BUYER && collection.nextId() == 5, "first batch");
    }
}

/// @dev Mints, transfers, updates and freezes at random; remembers what must be true.
contract Handler is Base {
    ForgeCollection public collection;
    uint256 public minted;
    uint256 public transfers;
    uint256 public updates;

    constructor() {
        ForgeCollection.Batch memory none;
        collection = new ForgeCollection("A", "A", address(this), 10_000, 0, bytes32(0), none);
    }

    function mint(uint8 count, bytes32 directory) external {
        uint256 many = uint256(count) % 20 + 1;
        collection.mintBatch(ARTIST, collection.nextId(), many, directory);
        minted += many;
    }

    function mintWrong(uint256 firstId, uint8 count) external {
        vm.assume(firstId != collection.nextId());
        try collection.mintBatch(ARTIST, firstId, uint256(count) + 1, 0) {
            minted += 1_000_000; // must never happen: breaks the invariant for good
        } catch {}
    }

    function transfer(uint256 seed) external {
        if (minted == 0) return;
        uint256 id = seed % minted + 1;
        address from = collection.ownerOf(id);
        vm.prank(from);
        collection.transferFrom(from, from == ARTIST ? BUYER : ARTIST, id);
        ++transfers;
    }

    function update(uint256 seed, bytes32 directory) external {
        uint256 batches = collection.batchCount();
        if (batches == 0 || collection.frozen()) return;
        collection.setDirectory(seed % batches, directory);
        ++updates;
    }
}

contract ForgeCollectionInvariants is Base {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_supply_is_what_was_minted() public view {
        ForgeCollection collection = handler.collection();
        check(collection.nextId() - 1 == handler.minted(), "supply");
        check(collection.balanceOf(ARTIST) + collection.balanceOf(BUYER) == handler.minted(), "balances");
    }

    function invariant_every_id_has_an_owner_and_a_uri() public view {
        ForgeCollection collection = handler.collection();
        for (uint256 id = 1; id < collection.nextId(); id += 7) {
            check(collection.ownerOf(id) != address(0), "owner");
            check(bytes(collection.tokenURI(id)).length > 66, "uri");
        }
    }

    function invariant_batches_join_without_gaps() public view {
        ForgeCollection collection = handler.collection();
        uint256 expected = 1;
        for (uint256 i = 0; i < collection.batchCount(); ++i) {
            (uint256 firstId, uint256 count,,) = collection.batch(i);
            check(firstId == expected && count > 0, "gap");
            expected = firstId + count;
        }
        check(expected == collection.nextId(), "next");
    }
}
