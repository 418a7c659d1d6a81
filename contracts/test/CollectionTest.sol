// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForgeCollection} from "../src/ForgeCollection.sol";
import {Base, Vm} from "./Base.sol";

/// @dev A fresh collection of ARTIST's for each test.
abstract contract CollectionTest is Base {
    ForgeCollection internal collection;

    // The CID that IPFS tools give for this directory digest (shared vectors: three files).
    bytes32 internal constant THREE_FILES =
        0xb342a2218cb4ae9894c1cdf6de4e800fd4b3bbca6bc3728e7c531f6bb956721c;
    string internal constant THREE_FILES_CID =
        "bafybeiftikrcddfuv2mjjqon63pe5aap2sz3xstlynzi47ctd5v3svtsdq";
    bytes32 internal constant OTHER = keccak256("another directory");

    function setUp() public virtual {
        collection = deploy(1000);
    }

    function deploy(uint256 maxSupply) internal returns (ForgeCollection) {
        return deploy(maxSupply, 500);
    }

    function deploy(uint256 maxSupply, uint96 royalty) internal returns (ForgeCollection) {
        ForgeCollection.Batch memory none;
        return this.make(maxSupply, royalty, none);
    }

    /// @dev From outside: under dynamic linking `new` is a cheat code, and an expected revert of it
    /// would end the test there and then, as passed.
    function make(uint256 maxSupply, uint96 royalty, ForgeCollection.Batch memory first)
        external
        returns (ForgeCollection)
    {
        return new ForgeCollection("CryptoArt AI", "CART", ARTIST, maxSupply, royalty, 0, first);
    }

    function mint(uint256 firstId, uint256 count, bytes32 directory) internal {
        vm.prank(ARTIST);
        collection.mintBatch(ARTIST, firstId, count, directory);
    }

    function refuse(bytes4 selector) internal {
        vm.expectRevert(abi.encodeWithSelector(selector));
    }

    function refuse(bytes4 selector, uint256 value) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, value));
    }

    function refuse(bytes4 selector, uint256 one, uint256 two) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, one, two));
    }

    /// @dev Since `recordLogs` the collection emitted exactly this event and nothing else.
    function checkOnlyEvent(bytes32[] memory topics, bytes memory data) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        check(logs.length == 1, "one event");
        check(logs[0].emitter == address(collection), "of the collection");
        check(
            keccak256(abi.encode(logs[0].topics)) == keccak256(abi.encode(topics)), "event, topics"
        );
        check(keccak256(logs[0].data) == keccak256(data), "data");
    }

    /// @dev The topics of an event, by the signature that indexers know.
    function topicsOf(string memory signature) internal pure returns (bytes32[] memory topics) {
        topics = new bytes32[](1);
        topics[0] = keccak256(bytes(signature));
    }

    function topicsOf(string memory signature, address one)
        internal
        pure
        returns (bytes32[] memory topics)
    {
        topics = new bytes32[](2);
        (topics[0], topics[1]) = (keccak256(bytes(signature)), topic(one));
    }

    function topicsOf(string memory signature, address one, address two)
        internal
        pure
        returns (bytes32[] memory topics)
    {
        topics = new bytes32[](3);
        (topics[0], topics[1], topics[2]) = (keccak256(bytes(signature)), topic(one), topic(two));
    }

    function topic(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
