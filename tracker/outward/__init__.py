"""What leaves the house: which addresses a call may go to, how it goes, and whom it believes.

Every HTTP request of the program goes through `calls.guarded`, every TLS context is `trust`'s.
"""
