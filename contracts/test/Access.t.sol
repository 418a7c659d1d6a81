// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ForgeCollection} from "../src/ForgeCollection.sol";
import {CollectionTest} from "./CollectionTest.sol";

/// @dev Who may call what: every function that changes something, called by everyone. Signatures are
/// spelt by hand, as wallets know them.
contract Access is CollectionTest {
    // Who calls. ARTIST owns the contract, HOLDER token 1, which is approved to APPROVED; OPERATOR
    // is approved for all of HOLDER's; NEXT was offered the contract.
    address private constant MINTER = address(0x313);
    address private constant NEXT = address(0x4E7);
    address private constant HOLDER = address(0x401D);
    address private constant APPROVED = address(0xA99);
    address private constant OPERATOR = address(0x09E);
    address private constant DISMISSED = address(0xD15);
    address private constant STRANGER = address(0x57A);
    address[8] private callers =
        [ARTIST, MINTER, NEXT, HOLDER, APPROVED, OPERATOR, DISMISSED, STRANGER];

    function setUp() public override {
        super.setUp();
        vm.prank(ARTIST);
        collection.setMinter(MINTER, true);
        vm.prank(ARTIST);
        collection.setMinter(DISMISSED, true);
        vm.prank(ARTIST);
        collection.setMinter(DISMISSED, false);
        vm.prank(ARTIST);
        collection.transferOwnership(NEXT);
        vm.prank(MINTER);
        collection.mintBatch(HOLDER, 1, 3, THREE_FILES);
        vm.prank(HOLDER);
        collection.approve(APPROVED, 1);
        vm.prank(HOLDER);
        collection.setApprovalForAll(OPERATOR, true);
    }

    /// @dev `allowed` succeed; all others are refused with `selector(caller)` or `selector(caller, id)`.
    function table(bytes memory call, address[] memory allowed, bytes4 selector, uint256 id) private {
        for (uint256 i = 0; i < callers.length; ++i) {
            bool may = false;
            for (uint256 k = 0; k < allowed.length; ++k) may = may || allowed[k] == callers[i];
            bytes memory refusal = id == 0
                ? abi.encodeWithSelector(selector, callers[i])
                : abi.encodeWithSelector(selector, callers[i], id);
            uint256 before = vm.snapshotState();
            // It is the caller that counts, not who signed: the owner's own signature is no leave.
            vm.prank(callers[i], ARTIST);
            (bool fine, bytes memory answer) = address(collection).call(call);
            check(fine == may, string.concat(may ? "refused: " : "let in: ", vm.toString(i)));
            check(fine || keccak256(answer) == keccak256(refusal), "refused for another reason");
            vm.revertToState(before);
        }
    }

    function onlyOwner(bytes memory call) private {
        table(call, some(ARTIST), Ownable.OwnableUnauthorizedAccount.selector, 0);
    }

    function some(address one) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = one;
    }

    function some(address one, address two) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (one, two);
    }

    function some(address one, address two, address three) private pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (one, two, three);
    }

    function test_owner_and_minters_mint() public {
        bytes4 selector = ForgeCollection.NotMinter.selector;
        bytes memory call = abi.encodeWithSignature(
            "mintBatch(address,uint256,uint256,bytes32)", STRANGER, 4, 2, OTHER
        );
        table(call, some(ARTIST, MINTER), selector, 0);
        address[] memory to = some(STRANGER, HOLDER);
        call = abi.encodeWithSignature("mintBatchTo(address[],uint256,bytes32)", to, 4, OTHER);
        table(call, some(ARTIST, MINTER), selector, 0);
    }

    function test_only_the_owner_appoints_minters() public {
        onlyOwner(abi.encodeWithSignature("setMinter(address,bool)", STRANGER, true));
        onlyOwner(abi.encodeWithSignature("setMinter(address,bool)", MINTER, false));
    }

    function test_only_the_owner_changes_metadata() public {
        onlyOwner(abi.encodeWithSignature("setDirectory(uint256,bytes32)", 0, OTHER));
        onlyOwner(abi.encodeWithSignature("setContractDirectory(bytes32)", OTHER));
        onlyOwner(abi.encodeWithSignature("freeze()"));
        onlyOwner(abi.encodeWithSignature("commitProvenance(bytes32)", OTHER));
    }

    function test_only_the_owner_offers_the_contract_and_only_the_offered_accepts() public {
        onlyOwner(abi.encodeWithSignature("transferOwnership(address)", STRANGER));
        onlyOwner(abi.encodeWithSignature("renounceOwnership()"));
        bytes4 selector = Ownable.OwnableUnauthorizedAccount.selector;
        table(abi.encodeWithSignature("acceptOwnership()"), some(NEXT), selector, 0);
    }

    /// @dev The collection's owner and minters have no power over tokens that are others'.
    function test_only_the_holder_and_whom_it_approved_move_a_token() public {
        bytes4 selector = IERC721Errors.ERC721InsufficientApproval.selector;
        bytes memory call =
            abi.encodeWithSignature("transferFrom(address,address,uint256)", HOLDER, STRANGER, 1);
        table(call, some(HOLDER, APPROVED, OPERATOR), selector, 1);
        call = abi.encodeWithSignature("transferFrom(address,address,uint256)", HOLDER, STRANGER, 2);
        table(call, some(HOLDER, OPERATOR), selector, 2);
        call =
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", HOLDER, STRANGER, 3);
        table(call, some(HOLDER, OPERATOR), selector, 3);
        call = abi.encodeWithSignature(
            "safeTransferFrom(address,address,uint256,bytes)", HOLDER, STRANGER, 3, "data"
        );
        table(call, some(HOLDER, OPERATOR), selector, 3);
    }

    function test_only_the_holder_and_its_operators_approve() public {
        bytes4 selector = IERC721Errors.ERC721InvalidApprover.selector;
        bytes memory call = abi.encodeWithSignature("approve(address,uint256)", STRANGER, 1);
        table(call, some(HOLDER, OPERATOR), selector, 0);
    }

    function test_everyone_approves_operators_for_their_own_tokens_only() public {
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory call =
                abi.encodeWithSignature("setApprovalForAll(address,bool)", STRANGER, true);
            vm.prank(callers[i]);
            (bool fine,) = address(collection).call(call);
            check(fine && collection.isApprovedForAll(callers[i], STRANGER), "for oneself");
            if (i + 1 < callers.length) {
                check(!collection.isApprovedForAll(callers[i + 1], STRANGER), "for nobody else");
            }
        }
    }

    function test_a_moved_token_is_its_new_holders_and_the_approval_is_gone() public {
        vm.prank(APPROVED);
        collection.transferFrom(HOLDER, BUYER, 1);
        check(collection.ownerOf(1) == BUYER && collection.ownerOf(2) == HOLDER, "only that one");
        check(collection.getApproved(1) == address(0), "approval gone");
        check(collection.balanceOf(HOLDER) == 2 && collection.balanceOf(BUYER) == 1, "balances");
        bytes memory call =
            abi.encodeWithSignature("transferFrom(address,address,uint256)", BUYER, STRANGER, 1);
        table(call, some(BUYER), IERC721Errors.ERC721InsufficientApproval.selector, 1);
    }

    /// @dev Minting goes on after the metadata are frozen; nothing that was shown changes.
    function test_freezing_ends_changes_and_nothing_else() public {
        vm.prank(ARTIST);
        collection.setContractDirectory(THREE_FILES);
        vm.prank(ARTIST);
        collection.freeze();
        string memory contractURI = collection.contractURI();
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ARTIST);
            refuse(ForgeCollection.MetadataFrozen.selector);
            collection.setDirectory(i, OTHER);
            vm.prank(ARTIST);
            refuse(ForgeCollection.MetadataFrozen.selector);
            collection.setContractDirectory(OTHER);
            check(same(collection.tokenURI(1), uriOf(THREE_FILES, 1)), "token");
            check(same(collection.contractURI(), contractURI), "contract");
            vm.prank(MINTER);
            collection.mintBatch(BUYER, 4 + i, 1, OTHER);
            check(same(collection.tokenURI(4 + i), uriOf(OTHER, 4 + i)), "minting goes on");
        }
        vm.prank(ARTIST);
        collection.commitProvenance(OTHER);
        vm.prank(HOLDER);
        collection.transferFrom(HOLDER, BUYER, 1);
    }

    function test_an_offer_is_replaced_withdrawn_and_taken_once() public {
        vm.prank(ARTIST);
        collection.transferOwnership(STRANGER);
        vm.prank(NEXT);
        refuse(Ownable.OwnableUnauthorizedAccount.selector, uint160(NEXT));
        collection.acceptOwnership();
        vm.prank(ARTIST);
        collection.transferOwnership(address(0)); // withdraws the offer
        vm.prank(STRANGER);
        refuse(Ownable.OwnableUnauthorizedAccount.selector, uint160(STRANGER));
        collection.acceptOwnership();
        check(collection.owner() == ARTIST && collection.pendingOwner() == address(0), "as before");
        vm.prank(ARTIST);
        collection.transferOwnership(NEXT);
        check(collection.owner() == ARTIST && collection.pendingOwner() == NEXT, "offered only");
        vm.prank(NEXT);
        collection.acceptOwnership();
        check(collection.owner() == NEXT && collection.pendingOwner() == address(0), "taken");
        vm.prank(NEXT);
        refuse(Ownable.OwnableUnauthorizedAccount.selector, uint160(NEXT));
        collection.acceptOwnership();
        vm.prank(MINTER);
        collection.mintBatch(BUYER, 4, 1, OTHER); // minters stay until the new owner dismisses them
        check(collection.nextId() == 5 && !collection.frozen(), "counters untouched");
    }

    function test_ownership_given_up_is_nobodys_and_minters_stay() public {
        vm.prank(ARTIST);
        collection.renounceOwnership();
        check(collection.owner() == address(0) && collection.pendingOwner() == address(0), "nobody's");
        vm.prank(ARTIST);
        refuse(ForgeCollection.NotMinter.selector, uint160(ARTIST));
        collection.mintBatch(ARTIST, 4, 1, OTHER);
        vm.prank(MINTER);
        collection.mintBatch(BUYER, 4, 1, OTHER);
        check(collection.ownerOf(4) == BUYER, "minted");
    }
}
