"""The keys of tests: whatever opens a test's database opens what lies in it sealed."""

from tracker.sealing import KeyRing

KEYS = "a-key-of-tests-that-nobody-else-has"
RING = KeyRing([KEYS])
