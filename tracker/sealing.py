"""What lies in the database unreadable: sealed with a key that the database doesn't hold."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unsealable(Exception):
    """None of the keys opens it: a key was lost, or the row was changed by hand."""


class KeyRing:
    """The keys, newest first: the first seals, every one of them opens.

    A key is any text; what is used is its hash, so length and letters are free. Whoever calls
    sees to it that nobody guesses it.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a ring needs at least one key")
        self._newest = _lock(keys[0])
        self._all = MultiFernet([_lock(key) for key in keys])
        # for another use, another key: what is known of one says nothing of the other
        self._marking = [hashlib.sha256(b"mark:" + key.encode()).digest() for key in keys]

    def seal(self, text: str) -> str:
        """`text` as what is stored; twice the same text is stored differently."""
        return self._newest.encrypt(text.encode()).decode()

    def unseal(self, stored: str) -> str:
        """What was sealed. Raises Unsealable."""
        try:
            return self._all.decrypt(stored.encode()).decode()
        except InvalidToken as problem:
            raise Unsealable("no key opens what is stored") from problem

    def mark(self, text: str) -> str:
        """By what sealed text is found again: the same for the same text, and no way back."""
        return self.marks(text)[0]

    def marks(self, text: str) -> list[str]:
        """The mark by every key, newest first: a row may bear that of an older one."""
        return [
            hmac.new(key, text.encode(), "sha256").hexdigest()[:40] for key in self._marking
        ]

    def is_newest(self, stored: str) -> bool:
        """Whether the newest key sealed it; else it waits to be sealed anew."""
        try:
            self._newest.decrypt(stored.encode())
        except InvalidToken:
            return False
        return True


def ring_of(keys: str) -> KeyRing:
    """The ring of the setting SEALING_KEYS: newest first, with commas."""
    return KeyRing([key.strip() for key in keys.split(",")])


def _lock(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
