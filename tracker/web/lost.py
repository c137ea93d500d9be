"""What did not arrive, for a watch that asks about it, and where the address is mended."""

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import contains_eager, joinedload

from tracker.domain.danger import WatchKind
from tracker.models import Membership, Message, Staff, Watch
from tracker.services.reached_again import about


def lost_by(watch: Watch) -> list[Message]:
    """The messages that it asks about, as far as they are this clinic's; newest first.

    What another clinic wrote before it handed a pump over is on that clinic's pages.
    """
    if watch.kind is not WatchKind.UNDELIVERABLE:
        return []
    asked = (
        sa.select(Message)
        .where(Message.id.in_(about(watch)), Message.clinic_id == watch.clinic_id)
        .options(joinedload(Message.staff), joinedload(Message.contact))
        .order_by(Message.id.desc())
    )
    return list(g.session.scalars(asked))


def colleagues_of(lost: list[Message]) -> list[Membership]:
    """Those who work here still and could not be reached, each once."""
    ids = {one.staff_id for one in lost if one.staff_id is not None}
    asked = (
        sa.select(Membership)
        .join(Membership.staff)
        .where(
            Membership.staff_id.in_(ids),
            Membership.clinic_id == g.clinic.id,
            Staff.left_at.is_(None),
        )
        .options(contains_eager(Membership.staff))
        .order_by(Membership.id)
    )
    return list(g.session.scalars(asked)) if ids else []
