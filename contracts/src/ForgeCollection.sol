// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title An NFT collection that can be minted exactly once.
/// @notice Tokens are minted in batches, ids from 1 without gaps. A batch must name the id it starts
/// with and is refused unless that is the next one: whatever a minter's machine does (crashes,
/// repeats itself, races another), no token is minted twice. A batch keeps one 32-byte digest, the
/// sha2-256 of its IPFS metadata directory, and `tokenURI` spells the CID from it.
/// @dev ERC-721 with ERC-2981 royalties, ERC-4906 metadata events, ERC-7572 contract metadata.
contract ForgeCollection is ERC721, ERC2981, Ownable2Step, IERC4906 {
    struct Batch {
        uint48 firstId;
        uint48 count;
        address to;
        bytes32 directory;
    }

    uint256 public immutable maxSupply;

    /// @notice The id that the next batch must start with.
    uint256 public nextId = 1;

    /// @notice Once true, metadata can never change again.
    bool public frozen;

    /// @notice A commitment made before a delayed reveal: the hash of what will be revealed.
    bytes32 public provenance;

    /// @notice Digest of the directory that holds `contract.json`; zero if there is none.
    bytes32 public contractDirectory;

    mapping(address account => bool) public isMinter;

    Batch[] private _batches;

    event ContractURIUpdated(); // ERC-7572
    event MinterUpdated(address indexed account, bool allowed);
    event ProvenanceCommitted(bytes32 provenance);
    event Frozen();

    error NotNextToken(uint256 expected, uint256 given);
    error ExceedsMaxSupply(uint256 maxSupply, uint256 wanted);
    error EmptyBatch();
    error NotMinter(address account);
    error MetadataFrozen();
    error ProvenanceAlreadySet();
    error InvalidMaxSupply();
    error NoSuchBatch(uint256 index);

    /// @param royalty In basis points (hundredths of a percent), paid to `owner_`.
    /// @param contractDirectory_ sha2-256 digest of the directory with `contract.json`, or zero.
    /// @param first A batch to mint at once; none if its count is 0.
    constructor(
        string memory name_,
        string memory symbol_,
        address owner_,
        uint256 maxSupply_,
        uint96 royalty,
        bytes32 contractDirectory_,
        Batch memory first
    ) ERC721(name_, symbol_) Ownable(owner_) {
        if (maxSupply_ == 0 || maxSupply_ >= 2 ** 48) revert InvalidMaxSupply();
        maxSupply = maxSupply_;
        contractDirectory = contractDirectory_;
        if (royalty > 0) _setDefaultRoyalty(owner_, royalty);
        if (first.count > 0) _mintBatch(first.to, first.firstId, first.count, first.directory);
    }

    // --- minting ---------------------------------------------------------------------------

    /// @notice Mint the tokens [firstId, firstId + count) to `to`.
    /// @param directory sha2-256 digest of the dag-pb directory that holds `<id>.json` for each.
    function mintBatch(address to, uint256 firstId, uint256 count, bytes32 directory) external {
        if (msg.sender != owner() && !isMinter[msg.sender]) revert NotMinter(msg.sender);
        _mintBatch(to, firstId, count, directory);
    }

    function setMinter(address account, bool allowed) external onlyOwner {
        isMinter[account] = allowed;
        emit MinterUpdated(account, allowed);
    }

    function _mintBatch(address to, uint256 firstId, uint256 count, bytes32 directory) private {
        if (count == 0) revert EmptyBatch();
        if (firstId != nextId) revert NotNextToken(nextId, firstId);
        if (count > maxSupply - (firstId - 1)) revert ExceedsMaxSupply(maxSupply, count);
        nextId = firstId + count;
        _batches.push(Batch(uint48(firstId), uint48(count), to, directory));
        for (uint256 id = firstId; id < firstId + count; ++id) {
            _mint(to, id);
        }
    }

    // --- metadata --------------------------------------------------------------------------

    /// @notice `ipfs://<CID of the batch's directory>/<id>.json`
    function tokenURI(uint256 id) public view override returns (string memory) {
        _requireOwned(id);
        bytes32 directory = _batches[_batchOf(id)].directory;
        return string.concat(_ipfs(directory), Strings.toString(id), ".json");
    }

    /// @notice `ipfs://<CID>/contract.json`, or nothing (ERC-7572).
    function contractURI() external view returns (string memory) {
        if (contractDirectory == 0) return "";
        return string.concat(_ipfs(contractDirectory), "contract.json");
    }

    /// @notice Give a batch another metadata directory: a reveal, a correction.
    function setDirectory(uint256 index, bytes32 directory) external onlyOwner {
        if (frozen) revert MetadataFrozen();
        if (index >= _batches.length) revert NoSuchBatch(index);
        Batch storage changed = _batches[index];
        changed.directory = directory;
        emit BatchMetadataUpdate(changed.firstId, uint256(changed.firstId) + changed.count - 1);
    }

    function setContractDirectory(bytes32 directory) external onlyOwner {
        if (frozen) revert MetadataFrozen();
        contractDirectory = directory;
        emit ContractURIUpdated();
    }

    /// @notice Metadata stays as it is, for ever.
    function freeze() external onlyOwner {
        frozen = true;
        emit Frozen();
    }

    /// @notice Commit, once, to the hash of metadata that will be revealed after the sale.
    function commitProvenance(bytes32 hash) external onlyOwner {
        if (provenance != 0) revert ProvenanceAlreadySet();
        provenance = hash;
        emit ProvenanceCommitted(hash);
    }

    // --- everything needed to rebuild a lost journal -----------------------------------------

    function totalSupply() external view returns (uint256) {
        return nextId - 1;
    }

    function batchCount() external view returns (uint256) {
        return _batches.length;
    }

    function batch(uint256 index)
        external
        view
        returns (uint256 firstId, uint256 count, bytes32 directory, address to)
    {
        if (index >= _batches.length) revert NoSuchBatch(index);
        Batch storage found = _batches[index];
        return (found.firstId, found.count, found.directory, found.to);
    }

    function supportsInterface(bytes4 id) public view override(ERC721, ERC2981, IERC165) returns (bool) {
        return id == bytes4(0x49064906) || super.supportsInterface(id); // ERC-4906's fixed id
    }

    /// @dev The last batch that starts at or before `id`, by bisection.
    function _batchOf(uint256 id) private view returns (uint256) {
        uint256 low = 0;
        uint256 high = _batches.length - 1;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (_batches[middle].firstId <= id) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// @dev `ipfs://` + CIDv1 (dag-pb, sha2-256) in base32 + `/`. The CID is the four bytes
    /// 01 70 12 20 and the digest, 288 bits; base32 takes 5 at a time, so 58 letters. The first 30
    /// bits are always the same, "afybei"; what is left is 2 fixed zero bits and the digest, padded
    /// with 2 zero bits: 260 bits, 52 letters.
    function _ipfs(bytes32 digest) private pure returns (string memory) {
        bytes memory text = new bytes(67);
        bytes memory head = "ipfs://bafybei";
        for (uint256 i = 0; i < 14; ++i) {
            text[i] = head[i];
        }
        bytes32 alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        uint256 bits = uint256(digest);
        text[65] = alphabet[(bits << 2) & 31];
        bits >>= 3;
        for (uint256 i = 64; i >= 14; --i) {
            text[i] = alphabet[bits & 31];
            bits >>= 5;
        }
        text[66] = "/";
        return string(text);
    }
}
