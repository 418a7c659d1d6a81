// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForgeCollection} from "../src/ForgeCollection.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Vm} from "./Base.sol";
import {CollectionTest} from "./CollectionTest.sol";

contract ForgeCollectionTest is CollectionTest {
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

    function testFuzz_tokenURI_is_the_cid_for_any_digest(bytes32 digest, uint16 before) public {
        uint256 id = uint256(before) % 500 + 1;
        mint(1, id, digest);
        check(same(collection.tokenURI(id), uriOf(digest, id)), collection.tokenURI(id));
    }

    function test_ids_of_any_length_are_spelt() public {
        collection = deploy(20_000);
        mint(1, 12_345, THREE_FILES);
        uint16[8] memory ids = [1, 9, 10, 99, 100, 999, 10_000, 12_345];
        for (uint256 i = 0; i < ids.length; ++i) {
            check(same(collection.tokenURI(ids[i]), uriOf(THREE_FILES, ids[i])), "uri");
        }
    }

    /// @dev Pages are 72 tokens wide: runs that end before, at and behind their edges.
    function test_page_edges() public {
        uint8[9] memory sizes = [1, 70, 1, 1, 71, 72, 73, 143, 145];
        uint256 next = 1;
        for (uint256 i = 0; i < sizes.length; ++i) {
            address to = i % 2 == 0 ? ARTIST : BUYER;
            vm.prank(ARTIST);
            collection.mintBatch(to, next, sizes[i], bytes32(i));
            next += sizes[i];
            uint256 id = 0;
            for (uint256 k = 0; k <= i; ++k) {
                for (uint256 end = id + sizes[k]; id < end;) {
                    check(collection.ownerOf(++id) == (k % 2 == 0 ? ARTIST : BUYER), "owner");
                }
            }
            absent(next);
            absent(next + 72);
        }
        absent(0);
        absent(type(uint256).max);
    }

    function absent(uint256 id) private {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, id));
        collection.ownerOf(id);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, id));
        collection.tokenURI(id);
    }

    function testFuzz_every_token_has_its_own_Transfer(uint8 first, uint8 second) public {
        vm.recordLogs();
        uint256 one = uint256(first) + 1;
        mint(1, one, 0);
        mint(one + 1, uint256(second) + 1, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        check(logs.length == one + uint256(second) + 1, "one event a token");
        for (uint256 i = 0; i < logs.length; ++i) {
            check(logs[i].topics[0] == keccak256("Transfer(address,address,uint256)"), "event");
            check(logs[i].topics[1] == 0 && logs[i].data.length == 0, "from nobody");
            check(logs[i].topics[2] == bytes32(uint256(uint160(ARTIST))), "to");
            check(logs[i].topics[3] == bytes32(i + 1), "id");
        }
    }

    function test_an_airdrop_gives_each_token_to_its_recipient() public {
        address[] memory to = new address[](200);
        for (uint256 i = 0; i < 200; ++i) to[i] = i % 7 < 3 ? BUYER : address(uint160(1000 + i));
        vm.prank(ARTIST);
        collection.mintBatchTo(to, 1, THREE_FILES);
        for (uint256 i = 0; i < 200; ++i) check(collection.ownerOf(i + 1) == to[i], "owner");
        check(collection.batchCount() == 1 && collection.nextId() == 201, "one batch");
        check(same(collection.tokenURI(200), uriOf(THREE_FILES, 200)), "uri");
        to[150] = address(0);
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        collection.mintBatchTo(to, 201, THREE_FILES);
        vm.prank(BUYER);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NotMinter.selector, BUYER));
        collection.mintBatchTo(to, 201, THREE_FILES);
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.EmptyBatch.selector));
        collection.mintBatchTo(new address[](0), 201, THREE_FILES);
    }

    function test_nothing_is_minted_to_nobody() public {
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        collection.mintBatch(address(0), 1, 5, THREE_FILES);
    }

    function test_an_update_names_exactly_the_ids_of_its_batch() public {
        for (uint256 i = 0; i < 40; ++i) mint(i * 5 + 1, 5, bytes32(i));
        vm.recordLogs();
        vm.prank(ARTIST);
        collection.setDirectory(17, THREE_FILES);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        check(logs.length == 1, "one event");
        check(logs[0].topics[0] == keccak256("BatchMetadataUpdate(uint256,uint256)"), "ERC-4906");
        check(keccak256(logs[0].data) == keccak256(abi.encode(86, 90)), "ids");
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NoSuchBatch.selector, 40));
        collection.setDirectory(40, 0);
    }

    /// @dev The commitment is to the digests that `batch` shows after the reveal, in order.
    function test_a_reveal_can_be_checked_against_its_commitment() public {
        bytes32[2] memory real = [keccak256("one"), keccak256("two")];
        vm.prank(ARTIST);
        collection.commitProvenance(keccak256(abi.encodePacked(real[0], real[1])));
        mint(1, 10, THREE_FILES);
        mint(11, 10, THREE_FILES);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ARTIST);
            collection.setDirectory(i, real[i]);
        }
        (,, bytes32 one,) = collection.batch(0);
        (,, bytes32 two,) = collection.batch(1);
        check(collection.provenance() == keccak256(abi.encodePacked(one, two)), "as committed");
    }

    // --- gas, recorded in .gas-snapshot -----------------------------------------------------

    function test_gas_mint_1() public {
        mint(1, 1, THREE_FILES);
    }

    function test_gas_mint_100() public {
        mint(1, 100, THREE_FILES);
    }

    function test_gas_mint_500() public {
        mint(1, 500, THREE_FILES);
    }

    function test_ownership_passes_in_two_steps() public {
        vm.prank(ARTIST);
        collection.transferOwnership(BUYER);
        check(collection.owner() == ARTIST && collection.pendingOwner() == BUYER, "offered");
        mint(1, 2, THREE_FILES);
        vm.prank(BUYER);
        collection.acceptOwnership();
        check(collection.owner() == BUYER && collection.nextId() == 3, "taken; ids untouched");
        vm.prank(ARTIST);
        vm.expectRevert(abi.encodeWithSelector(ForgeCollection.NotMinter.selector, ARTIST));
        collection.mintBatch(ARTIST, 3, 1, THREE_FILES);
    }
}
