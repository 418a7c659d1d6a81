// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForgeCollection} from "../src/ForgeCollection.sol";
import {CollectionTest} from "./CollectionTest.sol";

/// @dev What indexers and marketplaces are told: each event once, with its topics and data, spelt by
/// hand. (Compared with the contract's own declaration, an argument that is no longer indexed would
/// go unnoticed.) Transfer stands in ForgeCollection.t.sol.
contract Events is CollectionTest {
    address private constant MINTER = address(0x313);

    function test_MinterUpdated_names_the_account_and_what_it_may() public {
        for (uint256 i = 0; i < 3; ++i) {
            bool allowed = i % 2 == 0;
            vm.recordLogs();
            vm.prank(ARTIST);
            collection.setMinter(MINTER, allowed);
            checkOnlyEvent(topicsOf("MinterUpdated(address,bool)", MINTER), abi.encode(allowed));
            check(collection.isMinter(MINTER) == allowed && !collection.isMinter(ARTIST), "is so");
        }
    }

    function test_BatchMetadataUpdate_names_the_first_and_last_id_of_the_batch() public {
        uint8[5] memory sizes = [1, 72, 3, 150, 1];
        uint256 next = 1;
        for (uint256 i = 0; i < sizes.length; ++i) {
            mint(next, sizes[i], bytes32(i));
            next += sizes[i];
        }
        uint256 first = 1;
        for (uint256 i = 0; i < sizes.length; ++i) {
            vm.recordLogs();
            vm.prank(ARTIST);
            collection.setDirectory(i, OTHER);
            uint256 last = first + sizes[i] - 1;
            checkOnlyEvent(
                topicsOf("BatchMetadataUpdate(uint256,uint256)"), abi.encode(first, last)
            );
            check(same(collection.tokenURI(last), uriOf(OTHER, last)), "changed");
            if (last + 1 < next) {
                string memory untouched = uriOf(bytes32(i + 1), last + 1);
                check(same(collection.tokenURI(last + 1), untouched), "the next not yet");
            }
            first = last + 1;
        }
    }

    function test_ContractURIUpdated_is_emitted_for_each_contract_json() public {
        bytes32[3] memory directories = [THREE_FILES, OTHER, bytes32(0)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.recordLogs();
            vm.prank(ARTIST);
            collection.setContractDirectory(directories[i]);
            checkOnlyEvent(topicsOf("ContractURIUpdated()"), "");
            bool none = directories[i] == 0;
            string memory uri = string.concat("ipfs://", cidOf(directories[i]), "/contract.json");
            check(same(collection.contractURI(), none ? "" : uri), "changed");
        }
    }

    function test_Frozen_is_emitted_and_nothing_thaws() public {
        check(!collection.frozen(), "not at first");
        for (uint256 i = 0; i < 2; ++i) {
            vm.recordLogs();
            vm.prank(ARTIST);
            collection.freeze();
            checkOnlyEvent(topicsOf("Frozen()"), "");
            check(collection.frozen(), "for ever");
        }
    }

    function test_provenance_is_committed_once_and_told() public {
        vm.recordLogs();
        vm.prank(ARTIST);
        collection.commitProvenance(THREE_FILES);
        checkOnlyEvent(topicsOf("ProvenanceCommitted(bytes32)"), abi.encode(THREE_FILES));
        bytes32[3] memory later = [bytes32(0), OTHER, THREE_FILES];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(ARTIST);
            refuse(ForgeCollection.ProvenanceAlreadySet.selector);
            collection.commitProvenance(later[i]);
        }
        check(collection.provenance() == THREE_FILES, "kept");
    }

    /// @dev Zero is what `provenance` shows before a commitment, and after this one: it binds nobody,
    /// takes nothing from the real one, and its event says zero. nftforge does not send it.
    function test_a_commitment_to_zero_is_none() public {
        for (uint256 i = 0; i < 2; ++i) {
            vm.recordLogs();
            vm.prank(ARTIST);
            collection.commitProvenance(0);
            checkOnlyEvent(topicsOf("ProvenanceCommitted(bytes32)"), abi.encode(bytes32(0)));
            check(collection.provenance() == 0, "still none");
        }
        vm.prank(ARTIST);
        collection.commitProvenance(THREE_FILES);
        check(collection.provenance() == THREE_FILES, "the real one");
    }

    function test_an_offer_of_ownership_and_its_acceptance_are_told() public {
        vm.recordLogs();
        vm.prank(ARTIST);
        collection.transferOwnership(BUYER);
        checkOnlyEvent(topicsOf("OwnershipTransferStarted(address,address)", ARTIST, BUYER), "");
        vm.recordLogs();
        vm.prank(BUYER);
        collection.acceptOwnership();
        checkOnlyEvent(topicsOf("OwnershipTransferred(address,address)", ARTIST, BUYER), "");
    }
}
