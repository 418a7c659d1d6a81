// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721 as OZ} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ERC721A} from "erc721a/contracts/ERC721A.sol";
import {ERC721 as SoladyERC721} from "solady/src/tokens/ERC721.sol";

// What scripts/bench_gas.py compares ForgeCollection with; never shipped. Each does the least that
// mints in batches for its owner: no royalties, no two-step ownership, no digests. That favours them.

string constant BASE = "ipfs://bafybeiftikrcddfuv2mjjqon63pe5aap2sz3xstlynzi47ctd5v3svtsdq/";

/// @dev What most tutorials teach: every token's URI in storage.
contract URIStorage is ERC721URIStorage, Ownable {
    uint256 public nextId = 1;

    constructor(address owner) OZ("CryptoArt AI", "CART") Ownable(owner) {}

    function mintBatch(address to, uint256 count) external onlyOwner {
        uint256 id = nextId;
        nextId = id + count;
        for (uint256 end = id + count; id < end; ++id) {
            _mint(to, id);
            _setTokenURI(id, string.concat(BASE, Strings.toString(id), ".json"));
        }
    }
}

contract Loop is OZ, Ownable {
    uint256 public nextId = 1;

    constructor(address owner) OZ("CryptoArt AI", "CART") Ownable(owner) {}

    function mintBatch(address to, uint256 count) external onlyOwner {
        uint256 id = nextId;
        nextId = id + count;
        for (uint256 end = id + count; id < end; ++id) {
            _mint(to, id);
        }
    }

    function mintBatchTo(address[] calldata to) external onlyOwner {
        uint256 id = nextId;
        nextId = id + to.length;
        for (uint256 i = 0; i < to.length; ++i) {
            _mint(to[i], id + i);
        }
    }

    function tokenURI(uint256 id) public view override returns (string memory) {
        _requireOwned(id);
        return string.concat(BASE, Strings.toString(id), ".json");
    }
}

contract Solady is SoladyERC721, Ownable {
    uint256 public nextId = 1;

    constructor(address owner) Ownable(owner) {}

    function name() public pure override returns (string memory) {
        return "CryptoArt AI";
    }

    function symbol() public pure override returns (string memory) {
        return "CART";
    }

    function mintBatch(address to, uint256 count) external onlyOwner {
        uint256 id = nextId;
        nextId = id + count;
        for (uint256 end = id + count; id < end; ++id) {
            _mint(to, id);
        }
    }

    function mintBatchTo(address[] calldata to) external onlyOwner {
        uint256 id = nextId;
        nextId = id + to.length;
        for (uint256 i = 0; i < to.length; ++i) {
            _mint(to[i], id + i);
        }
    }

    function tokenURI(uint256 id) public view override returns (string memory) {
        if (!_exists(id)) revert TokenDoesNotExist();
        return string.concat(BASE, Strings.toString(id), ".json");
    }
}

contract A is ERC721A, Ownable {
    constructor(address owner) ERC721A("CryptoArt AI", "CART") Ownable(owner) {}

    function _startTokenId() internal pure override returns (uint256) {
        return 1;
    }

    function mintBatch(address to, uint256 count) external onlyOwner {
        _mint(to, count);
    }

    function mintBatchTo(address[] calldata to) external onlyOwner {
        for (uint256 i = 0; i < to.length; ++i) {
            _mint(to[i], 1);
        }
    }

    function tokenURI(uint256 id) public view override returns (string memory) {
        if (!_exists(id)) revert URIQueryForNonexistentToken();
        return string.concat(BASE, Strings.toString(id), ".json");
    }
}
