"""What people give for a private key, and what it is if it is none.

Each mistake gets its own sentence, for the next step differs: a missing digit is looked for, an
address is not a secret at all, and a seed phrase that was typed anywhere is a reason to worry. No
sentence holds any part of what was given. Sources: EIP-55 (addresses), SEC 1 (public keys), BIP-39
"""

from __future__ import annotations

import re

PHRASES = (12, 15, 18, 21, 24)  # words (BIP-39)
QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
SHOW_KEY = "a wallet shows the private key of one account, e.g. MetaMask: Account details"


def is_private_key(text: str) -> bool:
    """Whether it is 64 hex digits, with or without 0x."""
    return bool(re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text))


def instead_of_key(text: str) -> str:
    """What `text` is, since it is no private key, and what to do; no part of it."""
    if not text:
        return "there is nothing"
    bare = text.strip(QUOTES)
    if bare != text and is_private_key(bare.strip()):
        return "it stands in quotes; give it without them"
    words = re.findall(r"[^\W\d_]+", text)
    if len(words) > 5 and len(words) == len(re.split(r"[\s,]+", bare.strip())):
        return _phrase(len(words))
    joined = re.sub(r"\s", "", bare)
    if joined != bare and is_private_key(joined):
        return "there is a space or a line break in it; give it in one piece"
    if bare.startswith("{"):
        return "it is the content of a keystore; give that file's path in NFTFORGE_KEYSTORE"
    if bare[:4] in ("xprv", "xpub"):
        return f"it is an extended key of a whole wallet; {SHOW_KEY}"
    return _digits(joined)


def _phrase(count: int) -> str:
    if count in PHRASES:
        return (
            f"these are {count} words, a seed phrase, which opens every account of a wallet; give "
            f"it to no program: {SHOW_KEY}"
        )
    return f"these are {count} words; 64 hex digits are needed: {SHOW_KEY}"


def _digits(text: str) -> str:
    prefix, digits = text[:2], text[2:]
    if prefix == "0X" and is_private_key(digits):
        return "it begins with 0X; write the x small, or leave 0x out"
    digits = digits if prefix in ("0x", "0X") else text
    if not re.fullmatch(r"[0-9a-fA-F]+", digits):
        return f"64 hex digits (0-9, a-f) are needed, and not all of its {len(digits)} letters are"
    if len(digits) == 40:
        return f"it is an address, which everybody may know; {SHOW_KEY}"
    if len(digits) == 128 or (digits[:2], len(digits)) in (("04", 130), ("02", 66), ("03", 66)):
        return f"it is a public key; {SHOW_KEY}"
    missing = 64 - len(digits)
    what = f"{missing} missing" if missing > 0 else f"{-missing} too many"
    return f"64 hex digits are needed, these are {len(digits)}: {what}"
