// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev The few of forge's cheat codes that these tests use.
interface Vm {
    function prank(address sender) external;
    function expectRevert(bytes calldata revertData) external;
    function assume(bool condition) external pure;
    function toString(uint256 value) external pure returns (string memory);
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
}
