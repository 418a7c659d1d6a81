// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev The few of forge's cheat codes that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function expectRevert(bytes calldata revertData) external;
    function assume(bool condition) external pure;
    function toString(uint256 value) external pure returns (string memory);
    function load(address account, bytes32 slot) external view returns (bytes32);
    function store(address account, bytes32 slot, bytes32 value) external;
    function snapshotState() external returns (uint256);
    function revertToState(uint256 snapshot) external returns (bool);
}

abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant ARTIST = address(0xA57157);
    address internal constant BUYER = address(0xB0FFE2);

    function check(bool condition, string memory what) internal pure {
        require(condition, what);
    }

    function same(string memory a, string memory b) internal pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    /// @dev The slow and obvious way to spell `ipfs://<CID>/<id>.json`: five bits at a time.
    function uriOf(bytes32 digest, uint256 id) internal pure returns (string memory) {
        return string.concat("ipfs://", cidOf(digest), "/", vm.toString(id), ".json");
    }

    function cidOf(bytes32 digest) internal pure returns (string memory) {
        bytes memory bits = abi.encodePacked(hex"01701220", digest, hex"00");
        bytes memory text = new bytes(59);
        text[0] = "b";
        for (uint256 i = 0; i < 58; ++i) {
            uint256 bit = i * 5;
            uint256 pair = uint256(uint8(bits[bit / 8])) << 8;
            if (bit / 8 + 1 < bits.length) pair |= uint8(bits[bit / 8 + 1]);
            text[i + 1] = bytes("abcdefghijklmnopqrstuvwxyz234567")[(pair >> (11 - bit % 8)) & 31];
        }
        return string(text);
    }
}
