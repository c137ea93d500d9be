"""The board: worst first, whole, bounded, and nothing of another clinic."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.builders import a_message, a_policy
from tests.riverside import FILLED_AT, Riverside, patient_of, pump_of, refilled, riverside
from tests.scenes import Scene
from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.message import MessageState
from tracker.domain.risk import RiskClass
from tracker.models import Pump, Watch
from tracker.services import boards
from tracker.services.boards import BoardFilters, BoardRow, Count, board_counts, board_rows
from tracker.services.outlooks import level_now

NOW = FILLED_AT + timedelta(days=60)
DAY = timedelta(days=1)


@pytest.fixture
def begins_with() -> Scene:
    return riverside


@pytest.fixture
def here(standing: Riverside) -> Riverside:
    return standing


def in_danger(session: Session, here: Riverside, days: float) -> Pump:
    """A pump whose refill-by lies so many days after NOW."""
    pump = pump_of(session, here)
    refilled(session, pump, here)
    move = sa.update(Watch).where(Watch.pump_id == pump.id, Watch.kind == WatchKind.REFILL)
    session.execute(move.values(danger_at=NOW + timedelta(days=days)))
    return pump


def rows(session: Session, here: Riverside, **asked: object) -> list[BoardRow]:
    filters = BoardFilters(kind=asked.pop("kind", WatchKind.REFILL), **asked)  # type: ignore[arg-type]
    return board_rows(session, here.clinic, filters, now=NOW)


def test_the_worst_stands_first(session: Session, here: Riverside) -> None:
    later, late, soon = (in_danger(session, here, days) for days in (40, -3, 2))

    found = [row.pump_id for row in rows(session, here)]

    assert found == [late.id, soon.id, later.id]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("bucket", "days"),
    [
        pytest.param(Bucket.LATE, -400, id="never hidden by age"),
        pytest.param(Bucket.LATE, 0, id="late from the very instant"),
        pytest.param(Bucket.THIS_WEEK, 0.001, id="a minute left"),
        pytest.param(Bucket.FOUR_WEEKS, 20, id="three weeks"),
        pytest.param(Bucket.LATER, 90, id="three months"),
    ],
)
def test_a_row_stands_in_the_bucket_that_counts_it(
    session: Session, here: Riverside, bucket: Bucket, days: float
) -> None:
    pump = in_danger(session, here, days)

    assert [row.pump_id for row in rows(session, here, bucket=bucket)] == [pump.id]
    assert board_counts(session, here.clinic, now=NOW).buckets[bucket].n >= 1


def test_what_cannot_be_computed_stands_on_the_board(session: Session, here: Riverside) -> None:
    pump = pump_of(session, here)

    found = rows(session, here, bucket=Bucket.UNKNOWN, kind=None)

    assert [(row.pump_id, row.kind) for row in found] == [(pump.id, WatchKind.NO_DATA)]
    assert board_counts(session, here.clinic, now=NOW).buckets[Bucket.UNKNOWN] == Count(1)


def on_list(
    session: Session, here: Riverside, kind: WatchKind, danger_at: datetime | None
) -> Watch:
    """An open watch of this kind, whatever it is about."""
    policy = a_policy(session, here.clinic, kind, RiskClass.CRITICAL)
    watch = Watch(
        clinic_id=here.clinic.id,
        kind=kind,
        risk_class=RiskClass.CRITICAL,
        policy=policy,
        owner=here.ito,
        opened_at=NOW,
        danger_at=danger_at,
        next_action_at=NOW,
        next_action="mend it",
        open_key=f"clinic:{kind}:{danger_at}",
    )
    session.add(watch)
    session.flush()
    return watch


def test_danger_stands_before_dates_and_pages_follow_without_gap_or_double(
    session: Session, here: Riverside
) -> None:
    """As time goes by between the pages, and a row becomes late meanwhile."""
    order = on_list(session, here, WatchKind.ORDER, NOW - 7 * DAY)
    alarm = on_list(session, here, WatchKind.ALARM, NOW + DAY / 24)
    review = on_list(session, here, WatchKind.REVIEW, None)
    for days in (-1, 0.01, 0.01, 2, 30):
        in_danger(session, here, days)
    pump_of(session, here)
    whole = board_rows(session, here.clinic, BoardFilters(), now=NOW)

    paged: list[BoardRow] = []
    after, at = None, NOW
    while page := board_rows(
        session, here.clinic, BoardFilters(), after=after, limit=2, now=at
    ):
        paged += page
        after, at = page[-1].key, at + DAY / 24

    ids = [row.watch_id for row in whole]
    assert [row.watch_id for row in paged] == ids
    assert ids[0] == alarm.id
    assert ids[-1] == review.id
    assert [row.kind for row in whole[1:4]] == ["refill", "order", "no_data"]
    assert whole[2].watch_id == order.id


def test_another_clinics_rows_are_not_there(session: Session, here: Riverside) -> None:
    in_danger(session, here, 1)

    assert board_rows(session, here.neighbour, BoardFilters(), now=NOW) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["Haddad", "hadd", "Haddad, Mira", "00777"])
def test_a_name_or_a_number_finds_its_row(session: Session, here: Riverside, text: str) -> None:
    patient = patient_of(session, here, family_name="Haddad", given_name="Mira", mrn="00777")
    pump = pump_of(session, here, patient=patient)
    refilled(session, pump, here)
    in_danger(session, here, 1)

    assert [row.pump_id for row in rows(session, here, text=text)] == [pump.id]


def test_filters_by_owner_and_risk_class(session: Session, here: Riverside) -> None:
    in_danger(session, here, 1)

    assert len(rows(session, here, owner_ids=(here.nadia.id,))) == 1
    assert rows(session, here, owner_ids=(here.ito.id,)) == []
    assert len(rows(session, here, risk_class=RiskClass.CRITICAL)) == 1
    assert rows(session, here, risk_class=RiskClass.LOW) == []


def test_a_row_tells_what_was_sent_last(session: Session, here: Riverside) -> None:
    pump = in_danger(session, here, 1)
    watch = session.scalars(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")).one()
    a_message(session, watch, state=MessageState.SENT, sent_at=NOW, template="refill_book")
    a_message(session, watch, state=MessageState.SUPERSEDED, template="refill_late")

    (row,) = rows(session, here)

    assert (row.sent_template, row.sent_state, row.sent_at) == ("refill_book", "sent", NOW)


def test_counts_go_no_further_than_is_shown(
    session: Session, here: Riverside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "COUNT_TO", 2)
    for _ in range(3):
        in_danger(session, here, -1)

    assert board_counts(session, here.clinic, now=NOW).buckets[Bucket.LATE] == Count(
        2, is_more=True
    )


def test_a_watch_without_a_pump_is_shown_too(session: Session, here: Riverside) -> None:
    policy = a_policy(session, here.clinic, WatchKind.SYSTEM, RiskClass.CRITICAL)
    session.add(
        Watch(
            clinic_id=here.clinic.id,
            kind=WatchKind.SYSTEM,
            risk_class=RiskClass.CRITICAL,
            policy=policy,
            owner=here.ito,
            opened_at=NOW,
            danger_at=NOW,
            next_action_at=NOW,
            next_action="mend it",
            open_key="clinic:1:system",
        )
    )

    (row,) = rows(session, here, kind=WatchKind.SYSTEM)

    assert (row.pump_id, row.family_name, row.owner) == (None, None, "Ito Doctor")


def test_a_row_says_how_much_is_left_now(session: Session, here: Riverside) -> None:
    pump = in_danger(session, here, 20)
    pump_of(session, here)  # without any record

    (row,) = rows(session, here)[:1]
    late = board_rows(session, here.clinic, BoardFilters(), now=NOW + timedelta(days=500))

    assert row.level_ml == Decimal("28")  # 40 mL less 60 days of 0.2 mL
    assert level_now(session, pump, now=NOW) == row.level_ml
    assert {one.level_ml for one in late} == {Decimal(0), None}
