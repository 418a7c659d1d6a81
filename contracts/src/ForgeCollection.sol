// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title An NFT collection that can be minted exactly once.
/// @notice Tokens are minted in batches, ids from 1 without gaps. A batch must name the id it starts
/// with and is refused unless that is the next one: whatever a minter's machine does (crashes,
/// repeats itself, races another), no token is minted twice. A batch keeps one 32-byte digest, the
/// sha2-256 of its IPFS metadata directory, and `tokenURI` spells the CID from it.
/// @dev ERC-721 with ERC-2981 royalties, ERC-4906 metadata events, ERC-7572 contract metadata.
///
/// What is unusual: who owns a token that never moved is not stored token by token, but run by run.
/// Tokens given to one account in one batch make a run, cut where a page of 72 tokens ends. The word
/// of a page holds the run it opens with (owner, batch) and 72 bits, one for each place where a run
/// ends: what comes behind it is the run stored under that place, or nothing yet. So `_ownerOf` of a
/// token that never moved is one storage read, or two if its page was minted in pieces, however
/// large the batches were and however many there are. The first transfer of a token stores its owner
/// where OpenZeppelin's ERC-721 always does, and from then on all is as there. Every token has its
/// own Transfer event. All this needs tokens that are minted in order and never burned: a burned one
/// would fall back to its run.
contract ForgeCollection is ERC721, IERC2981, Ownable2Step, IERC4906 {
    struct Batch {
        uint48 firstId;
        uint48 count;
        address to;
        bytes32 directory;
    }

    uint256 public immutable maxSupply;

    // Royalties are fixed: nobody who buys later is asked for more.
    address private immutable _royaltyReceiver;
    uint256 private immutable _royalty;

    // These share a slot with the pending owner that is never zero: cheap from the first mint on.
    uint48 private _nextId = 1;
    uint24 private _batchCount;

    /// @notice Once true, metadata can never change again.
    bool public frozen;

    /// @notice A commitment made before a delayed reveal: keccak256 of the directory digests of all
    /// batches, in order, as they will be. Anyone can compute it from `batch` after the reveal.
    bytes32 public provenance;

    bytes32 private _contractDirectory; // zero if there is no `contract.json`

    mapping(address account => bool) public isMinter;

    // A token's place is its id - 1. A run: batch (24 bits), owner (160). A page: ends (72), a run.
    uint256 private constant PAGE = 72;
    uint256 private constant ENDS = 184; // where their bits begin
    mapping(uint256 page => uint256 endsAndRun) private _pages;
    mapping(uint256 place => uint256 run) private _runs;
    mapping(uint256 batch => bytes32) private _directories;

    event ContractURIUpdated(); // ERC-7572
    event MinterUpdated(address indexed account, bool allowed);
    event ProvenanceCommitted(bytes32 provenance);
    event Frozen();

    error NotNextToken(uint256 expected, uint256 given);
    error ExceedsMaxSupply(uint256 maxSupply, uint256 wanted); // or batch 2^24, which is none
    error EmptyBatch();
    error NotMinter(address account);
    error MetadataFrozen();
    error ProvenanceAlreadySet();
    error InvalidMaxSupply();
    error InvalidRoyalty(uint256 royalty);
    error NoSuchBatch(uint256 index);

    /// @param royalty In basis points (hundredths of a percent), paid to `owner_`.
    /// @param contractDirectory sha2-256 digest of the directory with `contract.json`, or zero.
    /// @param first A batch to mint at once; none if its count is 0.
    constructor(
        string memory name_,
        string memory symbol_,
        address owner_,
        uint256 maxSupply_,
        uint96 royalty,
        bytes32 contractDirectory,
        Batch memory first
    ) ERC721(name_, symbol_) Ownable(owner_) {
        if (maxSupply_ == 0 || maxSupply_ >= 2 ** 48) revert InvalidMaxSupply();
        maxSupply = maxSupply_;
        _contractDirectory = contractDirectory;
        if (royalty > 10_000) revert InvalidRoyalty(royalty);
        _royaltyReceiver = owner_;
        _royalty = royalty;
        if (first.count > 0) {
            uint256 index = _addBatch(first.firstId, first.count, first.directory);
            _mintRun(index, first.to, first.firstId, first.count);
        }
    }

    // --- minting ---------------------------------------------------------------------------

    /// @notice Mint the tokens [firstId, firstId + count) to `to`. A contract is not asked whether it
    /// can hold them.
    /// @param directory sha2-256 digest of the dag-pb directory that holds `<id>.json` for each.
    function mintBatch(address to, uint256 firstId, uint256 count, bytes32 directory)
        external
    {
        _checkMinter();
        _mintRun(_addBatch(firstId, count, directory), to, firstId, count);
    }

    /// @notice An airdrop: a batch whose tokens go to `recipients[0]`, `recipients[1]`, and so on.
    /// Costs least if the same recipients stand together.
    function mintBatchTo(address[] calldata recipients, uint256 firstId, bytes32 directory)
        external
    {
        _checkMinter();
        uint256 count = recipients.length;
        uint256 index = _addBatch(firstId, count, directory);
        unchecked {
            uint256 start = 0;
            while (start < count) {
                address to = recipients[start];
                uint256 end = start + 1;
                while (end < count && recipients[end] == to) ++end;
                _mintRun(index, to, firstId + start, end - start);
                start = end;
            }
        }
    }

    function setMinter(address account, bool allowed) external onlyOwner {
        isMinter[account] = allowed;
        emit MinterUpdated(account, allowed);
    }

    function _checkMinter() private view {
        if (msg.sender != owner() && !isMinter[msg.sender]) revert NotMinter(msg.sender);
    }

    /// @dev Reverts unless the batch is the next one; its tokens are still to be minted.
    function _addBatch(uint256 firstId, uint256 count, bytes32 directory)
        private
        returns (uint256 index)
    {
        if (count == 0) revert EmptyBatch();
        if (firstId != _nextId) revert NotNextToken(_nextId, firstId);
        unchecked {
            index = _batchCount;
            if (count > maxSupply - (firstId - 1) || index == type(uint24).max) {
                revert ExceedsMaxSupply(maxSupply, count);
            }
            _nextId = uint48(firstId + count);
            _batchCount = uint24(index + 1);
        }
        _directories[index] = directory;
    }

    /// @dev Gives [firstId, firstId + count) to `to`; the caller has checked the ids (`_addBatch`).
    function _mintRun(uint256 index, address to, uint256 firstId, uint256 count) private {
        if (to == address(0)) revert ERC721InvalidReceiver(address(0));
        unchecked {
            uint256 run = (index << 160) | uint160(to);
            uint256 place = firstId - 1;
            uint256 end = place + count;
            while (place < end) {
                uint256 page = place / PAGE;
                uint256 pageEnd = (page + 1) * PAGE;
                uint256 until = Math.min(end, pageEnd);
                uint256 word = run;
                if (place % PAGE != 0) {
                    _runs[place] = run;
                    word = _pages[page]; // where this run begins, another ended
                }
                if (until != pageEnd) word |= 1 << (ENDS + until % PAGE);
                _pages[page] = word;
                bytes32 topic = Transfer.selector;
                assembly ("memory-safe") {
                    for {} 1 {} {
                        place := add(place, 1)
                        log4(0, 0, topic, 0, to, place)
                        if eq(place, until) { break }
                    }
                }
            }
        }
        _increaseBalance(to, uint128(count));
    }

    // --- ownership -------------------------------------------------------------------------

    function _ownerOf(uint256 id) internal view override returns (address) {
        address moved = super._ownerOf(id);
        if (moved != address(0)) return moved;
        (, address minted) = _runOf(id);
        return minted;
    }

    /// @dev The batch that token `id` was minted in and to whom; nobody if it was not minted.
    function _runOf(uint256 id) private view returns (uint256 index, address to) {
        unchecked {
            uint256 place = id - 1;
            uint256 run = _pages[place / PAGE];
            uint256 ends = (run >> ENDS) & ((2 << (place % PAGE)) - 1); // up to this place
            if (ends != 0) run = _runs[place / PAGE * PAGE + Math.log2(ends)];
            return (uint24(run >> 160), address(uint160(run)));
        }
    }

    // --- metadata --------------------------------------------------------------------------

    /// @notice `ipfs://<CID of the batch's directory>/<id>.json`
    function tokenURI(uint256 id) public view override returns (string memory) {
        (uint256 index, address minted) = _runOf(id);
        if (minted == address(0)) revert ERC721NonexistentToken(id);
        // The file's name in one word, from its right end: ids are below 2^48, 15 digits at most.
        uint256 file = uint40(bytes5(".json"));
        uint256 bits = 40;
        unchecked {
            do {
                file |= (48 + id % 10) << bits; // '0' is 48
                bits += 8;
                id /= 10;
            } while (id > 0);
            return _uri(_directories[index], bytes32(file << (256 - bits)), bits / 8);
        }
    }

    /// @notice `ipfs://<CID>/contract.json`, or nothing (ERC-7572).
    function contractURI() external view returns (string memory) {
        if (_contractDirectory == 0) return "";
        return _uri(_contractDirectory, "contract.json", 13);
    }

    /// @notice Give a batch another metadata directory: a reveal, a correction.
    function setDirectory(uint256 index, bytes32 directory) external onlyOwner {
        if (frozen) revert MetadataFrozen();
        (uint256 firstId, uint256 count) = _tokensOf(index);
        _directories[index] = directory;
        unchecked {
            emit BatchMetadataUpdate(firstId, firstId + count - 1);
        }
    }

    function setContractDirectory(bytes32 directory) external onlyOwner {
        if (frozen) revert MetadataFrozen();
        _contractDirectory = directory;
        emit ContractURIUpdated();
    }

    /// @notice Metadata stays as it is, for ever.
    function freeze() external onlyOwner {
        frozen = true;
        emit Frozen();
    }

    /// @notice Commit, once, to metadata that will be revealed after the sale: see `provenance`.
    function commitProvenance(bytes32 hash) external onlyOwner {
        if (provenance != 0) revert ProvenanceAlreadySet();
        provenance = hash;
        emit ProvenanceCommitted(hash);
    }

    // --- everything needed to rebuild a lost journal -----------------------------------------

    /// @notice The id that the next batch must start with.
    function nextId() external view returns (uint256) {
        return _nextId;
    }

    function totalSupply() external view returns (uint256) {
        unchecked {
            return _nextId - 1;
        }
    }

    function batchCount() external view returns (uint256) {
        return _batchCount;
    }

    /// @return firstId The first of its tokens.
    /// @return count How many there are.
    /// @return directory The digest of their metadata directory.
    /// @return to Who was given the first; `mintBatchTo` may have given the others to others.
    function batch(uint256 index)
        external
        view
        returns (uint256 firstId, uint256 count, bytes32 directory, address to)
    {
        (firstId, count) = _tokensOf(index);
        (, to) = _runOf(firstId);
        directory = _directories[index];
    }

    // --- the rest ----------------------------------------------------------------------------

    function royaltyInfo(uint256, uint256 price) external view returns (address, uint256) {
        return (_royaltyReceiver, price * _royalty / 10_000);
    }

    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        return id == bytes4(0x49064906) // ERC-4906, which fixes this id
            || id == type(IERC2981).interfaceId || super.supportsInterface(id);
    }

    /// @dev The tokens of a batch; reverts if there is no such batch.
    function _tokensOf(uint256 index) private view returns (uint256 firstId, uint256 count) {
        if (index >= _batchCount) revert NoSuchBatch(index);
        firstId = _startOf(index);
        unchecked {
            count = _startOf(index + 1) - firstId;
        }
    }

    /// @dev The first id of a batch, by bisection; of the batch to come, the next id. Nothing more
    /// is stored of a batch than its directory: every run knows which batch it belongs to.
    function _startOf(uint256 index) private view returns (uint256) {
        uint256 low = 1;
        uint256 high = _nextId;
        unchecked {
            while (low < high) {
                uint256 middle = (low + high) / 2;
                (uint256 found,) = _runOf(middle);
                if (found < index) low = middle + 1;
                else high = middle;
            }
        }
        return low;
    }

    /// @dev `ipfs://` + CIDv1 (dag-pb, sha2-256) in base32 + `/` + `file`, of `length` bytes. The CID is the four bytes
    /// 01 70 12 20 and the digest, 288 bits; base32 takes 5 at a time, so 58 letters after the `b`
    /// that names the base. The first 30 bits are always the same, "afybei"; left are 2 zero bits, the
    /// digest and 2 zero bits that fill it up: 260 bits, 52 letters, the last 32 from 160 of them.
    function _uri(bytes32 digest, bytes32 file, uint256 length)
        private
        pure
        returns (string memory text)
    {
        bytes20 start = bytes20(_base32(uint256(digest) >> 158) << 96);
        bytes32 rest = _base32(uint256(digest) << 2);
        text = string(abi.encodePacked("ipfs://bafybei", start, rest, "/", file));
        assembly ("memory-safe") {
            mstore(text, add(67, length)) // without the zeros behind the file's name
        }
    }

    /// @dev The low 160 bits in base32: 32 letters, all at once. The bits are halved five times, the
    /// upper half of every part moved up to leave both the same room: from 160 in a word to 5 in
    /// each byte.
    function _base32(uint256 x) private pure returns (bytes32) {
        unchecked {
            for (uint256 half = 80; half >= 5; half /= 2) {
                uint256 room = half * 8 / 5; // 128, 64, 32, 16, 8 bits
                uint256 lower = ((1 << half) - 1) * (type(uint256).max / ((1 << (2 * room)) - 1));
                x = (x & lower) | (((x >> half) & lower) << room);
            }
            uint256 ones = type(uint256).max / 255; // 1 in every byte
            uint256 digits = ((x + ones * (128 - 26)) >> 7) & ones; // 1 where the value is 26 or more
            return bytes32(x + ones * 97 - digits * (97 + 26 - 50)); // 'a' is 97; '2', for 26, is 50
        }
    }
}
