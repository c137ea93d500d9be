"""The hospital's sign-in by OpenID Connect: what we ask, and what of the answer we believe."""
