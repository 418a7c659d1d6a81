"""What is given for a private key gets a sentence of its own, and no part of it is repeated."""

import pytest

from nftforge.chain.private_key import instead_of_key, is_private_key
from nftforge.chain.wallet import key_signer
from nftforge.core.errors import ConfigError

KEY = "7c4fd1a9b2e05c63d8f17e94ab30c25f6d81e2a7095b4c3f8e6d1a2b3c4d5e6f"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
MISTAKES = [
    ("", "there is nothing"),
    ("0X" + KEY, "it begins with 0X; write the x small, or leave 0x out"),
    (f'"{KEY}"', "it stands in quotes; give it without them"),
    (f"'0x{KEY}'", "it stands in quotes"),
    (f"\u201c{KEY}\u201d", "it stands in quotes"),
    (KEY[:63], "64 hex digits are needed, these are 63: 1 missing"),
    (f"0x{KEY}ab", "64 hex digits are needed, these are 66: 2 too many"),
    (KEY[:32] + " " + KEY[32:], "there is a space or a line break in it"),
    (KEY[:32] + "\n" + KEY[32:], "there is a space or a line break in it"),
    (KEY[:-1] + "g", "64 hex digits (0-9, a-f) are needed, and not all of its 64 letters are"),
    ("0x" + KEY[:40], "it is an address, which everybody may know"),
    ("04" + KEY + KEY, "it is a public key"),
    ("02" + KEY, "it is a public key"),
    (f"0x{KEY}{KEY}", "it is a public key"),
    (PHRASE, "these are 12 words, a seed phrase"),
    (f"{PHRASE} {PHRASE}", "these are 24 words, a seed phrase"),
    (PHRASE.replace(" ", ", "), "these are 12 words, a seed phrase"),
    (" ".join(PHRASE.split()[:11]), "these are 11 words; 64 hex digits are needed"),
    ('{"crypto": {}}', "it is the content of a keystore"),
    (
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg",
        "extended key",
    ),
]


@pytest.mark.parametrize(("given", "said"), MISTAKES)
def test_each_mistake_gets_its_own_sentence_and_is_not_repeated(given, said):
    assert said in instead_of_key(given)
    with pytest.raises(ConfigError) as error:
        key_signer(given)
    assert said in str(error.value)
    for part in given.replace(",", "").split():
        assert len(part) < 5 or part.lower() not in str(error.value).lower()


@pytest.mark.parametrize("key", [KEY, "0x" + KEY, KEY.upper(), f"  0x{KEY}\n"])
def test_a_key_is_taken_as_wallets_show_it(key):
    assert is_private_key(key.strip())
    assert key_signer(key).address == key_signer(KEY).address
