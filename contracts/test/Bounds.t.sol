// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForgeCollection} from "../src/ForgeCollection.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CollectionTest} from "./CollectionTest.sol";

/// @dev The first value that is taken and the first that is refused, on both sides. 2^24 batches and
/// 2^48 tokens cannot be minted in a test: the counters are written into storage.
contract Bounds is CollectionTest {
    uint256 private constant LAST = 2 ** 48 - 1;

    function fastForward(uint256 nextId, uint256 batches) private {
        bytes32 slot = bytes32(uint256(7)); // from the right: pending owner, next id, batches, frozen
        uint256 counters = batches << 208 | nextId << 160;
        vm.store(address(collection), slot, bytes32(counters));
        check(collection.nextId() == nextId && collection.batchCount() == batches, "the slot");
        check(collection.pendingOwner() == address(0) && !collection.frozen(), "its neighbours");
    }

    // --- the constructor ---------------------------------------------------------------------

    function test_max_supply_is_at_least_one_and_fits_48_bits() public {
        uint256[4] memory taken = [uint256(1), 2, 2 ** 40, LAST];
        for (uint256 i = 0; i < taken.length; ++i) {
            check(deploy(taken[i]).maxSupply() == taken[i], "kept");
        }
        uint256[5] memory refused = [uint256(0), LAST + 1, LAST + 2, 2 ** 56, type(uint256).max];
        for (uint256 i = 0; i < refused.length; ++i) {
            refuse(ForgeCollection.InvalidMaxSupply.selector);
            deploy(refused[i]);
        }
    }

    function test_royalties_are_at_most_all() public {
        (, uint256 amount) = deploy(1, 10_000).royaltyInfo(1, 12_345);
        check(amount == 12_345, "all of it");
        (, amount) = deploy(1, 0).royaltyInfo(1, 12_345);
        check(amount == 0, "none");
        uint96[3] memory refused = [10_001, 10_002, type(uint96).max];
        for (uint256 i = 0; i < refused.length; ++i) {
            refuse(ForgeCollection.InvalidRoyalty.selector, refused[i]);
            deploy(1, refused[i]);
        }
    }

    function test_royalties_keep_hundredths_of_a_percent_and_round_down() public {
        // in basis points, the price, what is asked
        uint40[3][9] memory cases = [
            [uint40(250), 10_000, 250],
            [uint40(123), 10_000, 123],
            [uint40(99), 10_000, 99],
            [uint40(1), 10_000, 1],
            [uint40(1), 9_999, 0],
            [uint40(1), 19_999, 1],
            [uint40(333), 1_000, 33], // of 33.3
            [uint40(750), 99, 7], // of 7.425
            [uint40(1999), 5, 0] // of 0.9995
        ];
        for (uint256 i = 0; i < cases.length; ++i) {
            (, uint256 amount) = deploy(1, uint96(cases[i][0])).royaltyInfo(1, cases[i][1]);
            check(amount == cases[i][2], vm.toString(i));
        }
    }

    function testFuzz_royalties_are_exact(uint96 royalty, uint128 price) public {
        royalty %= 10_001;
        (address to, uint256 amount) = deploy(1, royalty).royaltyInfo(1, price);
        uint256 left = uint256(price) * royalty - amount * 10_000;
        check(to == ARTIST && left < 10_000, "rounded down");
    }

    function test_royalties_stay_with_the_artist_whoever_owns_the_contract() public {
        vm.prank(ARTIST);
        collection.transferOwnership(BUYER);
        vm.prank(BUYER);
        collection.acceptOwnership();
        (address to, uint256 amount) = collection.royaltyInfo(999, 100);
        check(collection.owner() == BUYER && to == ARTIST && amount == 5, "fixed");
    }

    function test_the_constructor_keeps_what_it_is_given() public {
        ForgeCollection.Batch memory one = ForgeCollection.Batch(1, 1, BUYER, OTHER);
        collection = new ForgeCollection("Name", "SYM", ARTIST, 10, 0, THREE_FILES, one);
        check(same(collection.name(), "Name") && same(collection.symbol(), "SYM"), "names");
        check(collection.owner() == ARTIST && collection.pendingOwner() == address(0), "owner");
        string memory uri = string.concat("ipfs://", THREE_FILES_CID, "/contract.json");
        check(same(collection.contractURI(), uri), "contract.json");
        check(collection.ownerOf(1) == BUYER && collection.balanceOf(BUYER) == 1, "first batch");
        check(same(collection.tokenURI(1), uriOf(OTHER, 1)) && collection.batchCount() == 1, "its files");
        check(collection.totalSupply() == 1 && collection.nextId() == 2, "supply");
        check(collection.provenance() == 0 && !collection.frozen(), "nothing promised");
        check(!collection.isMinter(ARTIST) && !collection.isMinter(address(this)), "no minters");
    }

    function test_the_first_batch_obeys_the_rules_of_all() public {
        refuse(ForgeCollection.NotNextToken.selector, 1, 2);
        this.make(9, 0, ForgeCollection.Batch(2, 1, BUYER, OTHER));
        refuse(ForgeCollection.ExceedsMaxSupply.selector, 9, 10);
        this.make(9, 0, ForgeCollection.Batch(1, 10, BUYER, OTHER));
        refuse(IERC721Errors.ERC721InvalidReceiver.selector, 0);
        this.make(9, 0, ForgeCollection.Batch(1, 9, address(0), OTHER));
    }

    // --- ids ---------------------------------------------------------------------------------

    function test_only_the_next_id_is_taken() public {
        mint(1, 3, THREE_FILES);
        uint256[6] memory wrong = [0, 1, 3, 5, 4 + 2 ** 48, type(uint256).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.prank(ARTIST);
            refuse(ForgeCollection.NotNextToken.selector, 4, wrong[i]);
            collection.mintBatch(ARTIST, wrong[i], 1, THREE_FILES);
        }
        mint(4, 1, THREE_FILES);
        check(collection.totalSupply() == 4 && collection.nextId() == 5, "one more");
    }

    function test_the_cap_is_met_exactly() public {
        uint256[4] memory wanted = [uint256(5), 6, LAST, type(uint256).max];
        for (uint256 before = 0; before < 2; ++before) {
            collection = deploy(4 + before);
            if (before > 0) mint(1, 1, THREE_FILES);
            for (uint256 i = 0; i < wanted.length; ++i) {
                vm.prank(ARTIST);
                refuse(ForgeCollection.ExceedsMaxSupply.selector, 4 + before, wanted[i]);
                collection.mintBatch(ARTIST, 1 + before, wanted[i], THREE_FILES);
            }
            mint(1 + before, 4, THREE_FILES);
            check(collection.totalSupply() == collection.maxSupply(), "all of them");
            vm.prank(ARTIST);
            refuse(ForgeCollection.ExceedsMaxSupply.selector, 4 + before, 1);
            collection.mintBatch(ARTIST, 5 + before, 1, THREE_FILES);
        }
    }

    function test_an_airdrop_obeys_the_same_rules() public {
        collection = deploy(2);
        address[] memory three = new address[](3);
        (three[0], three[1], three[2]) = (ARTIST, BUYER, ARTIST);
        vm.prank(ARTIST);
        refuse(ForgeCollection.ExceedsMaxSupply.selector, 2, 3);
        collection.mintBatchTo(three, 1, OTHER);
        vm.prank(ARTIST);
        refuse(ForgeCollection.NotNextToken.selector, 1, 2);
        collection.mintBatchTo(three, 2, OTHER);
        address[] memory two = new address[](2);
        (two[0], two[1]) = (ARTIST, BUYER);
        vm.prank(ARTIST);
        collection.mintBatchTo(two, 1, OTHER);
        check(collection.ownerOf(1) == ARTIST && collection.ownerOf(2) == BUYER, "each");
        check(collection.balanceOf(ARTIST) == 1 && collection.balanceOf(BUYER) == 1, "balances");
    }

    /// @dev Fewer would do for any collection; 48 are what is promised. Each batch begins with a page,
    /// since nothing stands in the pages before, and ends behind an edge.
    function test_ids_have_48_bits() public {
        collection = deploy(LAST);
        uint256[4] memory edges = [uint256(2 ** 32), 2 ** 40, 2 ** 47, LAST - 2];
        for (uint256 i = 0; i < edges.length; ++i) {
            uint256 first = (edges[i] - 2) / 72 * 72 + 1;
            uint256 last = edges[i] + 1;
            fastForward(first, i);
            mint(first, last + 1 - first, bytes32(i + 1));
            check(collection.nextId() == last + 1 && collection.totalSupply() == last, "next");
            for (uint256 id = edges[i] - 1; id <= last; ++id) {
                check(collection.ownerOf(id) == ARTIST, "owner");
                check(same(collection.tokenURI(id), uriOf(bytes32(i + 1), id)), "uri");
            }
        }
        vm.prank(ARTIST);
        refuse(ForgeCollection.ExceedsMaxSupply.selector, LAST, 2);
        collection.mintBatch(ARTIST, LAST, 2, THREE_FILES);
    }

    function test_balances_count_more_than_eight_bits() public {
        mint(1, 300, THREE_FILES);
        mint(301, 1, THREE_FILES);
        check(collection.balanceOf(ARTIST) == 301, "balance");
    }

    // --- batches -----------------------------------------------------------------------------

    function test_batches_are_numbered_in_24_bits() public {
        uint256[5] memory edges = [uint256(2 ** 8), 2 ** 16, 2 ** 22, 2 ** 23, 2 ** 24 - 2];
        for (uint256 i = 0; i < edges.length; ++i) {
            collection = deploy(1000);
            fastForward(1, edges[i] - 1);
            mint(1, 2, THREE_FILES);
            mint(3, 70, OTHER);
            checkBatch(edges[i] - 1, 1, 2, THREE_FILES);
            checkBatch(edges[i], 3, 70, OTHER);
            check(collection.batchCount() == edges[i] + 1, "counted");
            vm.prank(ARTIST);
            collection.setDirectory(edges[i], bytes32(i));
            checkBatch(edges[i], 3, 70, bytes32(i));
            checkBatch(edges[i] - 1, 1, 2, THREE_FILES);
        }
    }

    function checkBatch(uint256 index, uint256 first, uint256 wanted, bytes32 files) private view {
        (uint256 firstId, uint256 count, bytes32 directory, address to) = collection.batch(index);
        check(firstId == first && count == wanted && directory == files, "batch");
        check(to == ARTIST && collection.ownerOf(first) == ARTIST, "owner");
        check(same(collection.tokenURI(first), uriOf(files, first)), "its first");
        check(same(collection.tokenURI(first + count - 1), uriOf(files, first + count - 1)), "its last");
    }

    function test_batch_2_24_is_none() public {
        fastForward(1, 2 ** 24 - 2);
        mint(1, 1, THREE_FILES);
        check(collection.batchCount() == 2 ** 24 - 1, "the last one");
        vm.prank(ARTIST);
        refuse(ForgeCollection.ExceedsMaxSupply.selector, 1000, 1);
        collection.mintBatch(ARTIST, 2, 1, THREE_FILES);
        address[] memory to = new address[](2);
        (to[0], to[1]) = (ARTIST, BUYER);
        vm.prank(ARTIST);
        refuse(ForgeCollection.ExceedsMaxSupply.selector, 1000, 2);
        collection.mintBatchTo(to, 2, THREE_FILES);
        check(collection.nextId() == 2 && collection.batchCount() == 2 ** 24 - 1, "nothing done");
    }

    function test_a_batch_that_is_not_there_is_refused() public {
        for (uint256 batches = 0; batches < 3; ++batches) {
            uint256[3] memory absent = [batches, batches + 1, type(uint256).max];
            for (uint256 i = 0; i < absent.length; ++i) {
                refuse(ForgeCollection.NoSuchBatch.selector, absent[i]);
                collection.batch(absent[i]);
                vm.prank(ARTIST);
                refuse(ForgeCollection.NoSuchBatch.selector, absent[i]);
                collection.setDirectory(absent[i], THREE_FILES);
            }
            mint(batches + 1, 1, THREE_FILES);
            (uint256 firstId, uint256 count,,) = collection.batch(batches);
            check(firstId == batches + 1 && count == 1, "now it is");
        }
    }

    /// @dev Also after its tokens moved; of an airdrop it is who was given the first.
    function test_a_batch_shows_who_was_given_its_first_token() public {
        address[] memory to = new address[](3);
        (to[0], to[1], to[2]) = (BUYER, ARTIST, ARTIST);
        vm.prank(ARTIST);
        collection.mintBatchTo(to, 1, OTHER);
        vm.prank(BUYER);
        collection.transferFrom(BUYER, ARTIST, 1);
        (uint256 firstId, uint256 count, bytes32 directory, address first) = collection.batch(0);
        check(firstId == 1 && count == 3 && directory == OTHER && first == BUYER, "batch");
        check(collection.ownerOf(1) == ARTIST && collection.balanceOf(BUYER) == 0, "moved");
        check(same(collection.tokenURI(1), uriOf(OTHER, 1)), "its files stay");
    }
}
