"""Passkeys: a key in a device, which asks its owner for a finger, a face or a number itself.

So one passkey is two factors, and its answer is good for this site and this challenge alone.
"""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tracker.domain.account_change import AccountChange
from tracker.domain.errors import TrackerError
from tracker.models import Passkey, Staff
from tracker.services.account_notices import tell
from tracker.services.spent import spend

SITE_NAME = "Pump refill tracker"
CHALLENGE_VALID = timedelta(minutes=5)  # ours: a key has to be found in a pocket
LONGEST_NAME = 80
# What comes of an answer that is none, also one nested deeper than Python reads.
MISREAD = (ValueError, KeyError, TypeError, RecursionError)


class PasskeyRefused(TrackerError):
    """The answer of a passkey is not one to this site and challenge, or came twice."""

    code = "passkey_refused"


@dataclass(frozen=True, slots=True)
class Site:
    """The address people use, as their browsers name it to a passkey."""

    host: str
    origin: str

    @property
    def can_have_passkeys(self) -> bool:
        """Browsers keep passkeys for names only, and over https (or on the machine itself)."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https:") or self.host == "localhost"
        return False


def site_of(public_url: str) -> Site:
    """The site of the setting PUBLIC_URL."""
    parts = urlsplit(public_url)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def of(session: Session, staff: Staff) -> Sequence[Passkey]:
    """Somebody's passkeys, the oldest first."""
    query = sa.select(Passkey).where(Passkey.staff_id == staff.id).order_by(Passkey.id)
    return session.scalars(query).all()


def creation_options(session: Session, staff: Staff, site: Site) -> tuple[str, str]:
    """What the browser needs to make a passkey, and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=SITE_NAME,
        user_id=f"staff:{staff.id}".encode(),
        user_name=staff.email,
        user_display_name=staff.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            # else a sign-in that names nobody finds no key
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(of(session, staff)),
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def request_options(site: Site, known: Sequence[Passkey] = ()) -> tuple[str, str]:
    """What the browser needs to use a passkey: any of this site's, or one of `known`."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def register(
    session: Session,
    staff: Staff,
    answer: str,
    *,
    challenge: str,
    site: Site,
    name: str,
    now: datetime,
) -> Passkey:
    """Keep a new passkey. Raises PasskeyRefused."""
    try:
        seen = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (*MISREAD, WebAuthnException) as problem:
        raise PasskeyRefused("The passkey could not be made. Try again.") from problem
    _spend(session, challenge, now=now)
    if _named_in(session, answer) is not None:
        raise PasskeyRefused("This passkey is known here already.")
    row = Passkey(
        staff_id=staff.id,
        credential_id=bytes_to_base64url(seen.credential_id),
        public_key=bytes_to_base64url(seen.credential_public_key),
        sign_count=seen.sign_count,
        name=name[:LONGEST_NAME] or "Passkey",
        created_at=now,
    )
    session.add(row)
    tell(session, staff, AccountChange.PASSKEY_ADDED, by=staff, now=now)
    return row


def prove(session: Session, answer: str, *, challenge: str, site: Site, now: datetime) -> Staff:
    """Whose passkey has answered the challenge. Raises PasskeyRefused."""
    row = _named_in(session, answer)
    if row is None:
        raise PasskeyRefused("This passkey is not known here. Sign in with your password.")
    try:
        seen = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (*MISREAD, WebAuthnException) as problem:
        raise PasskeyRefused("The passkey did not answer rightly. Try again.") from problem
    _spend(session, challenge, now=now)
    row.sign_count, row.used_at = seen.new_sign_count, now
    session.flush()
    return row.staff


def remove(session: Session, staff: Staff, number: int, *, now: datetime) -> bool:
    """Forget one of somebody's passkeys; whether it was theirs."""
    gone = session.execute(
        sa.delete(Passkey).where(Passkey.id == number, Passkey.staff_id == staff.id)
    )
    is_theirs = bool(gone.rowcount)  # type: ignore[attr-defined]
    if is_theirs:
        tell(session, staff, AccountChange.PASSKEY_REMOVED, by=staff, now=now)
    return is_theirs


def _named_in(session: Session, answer: str) -> Passkey | None:
    try:
        name = str(json.loads(answer)["id"])
    except MISREAD:
        return None
    if not (name.isascii() and name.isprintable()):  # no database need look for such a name
        return None
    query = (
        sa.select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Passkey.credential_id == name, Staff.left_at.is_(None))
    )
    return session.scalar(query)


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known
    ]


def _spend(session: Session, challenge: str, *, now: datetime) -> None:
    """Use a challenge up; of two answers to it only the first counts. Raises PasskeyRefused."""
    if not spend(session, challenge, now=now):
        raise PasskeyRefused("This answer was used already. Try again.")
