"""Two at once: whatever runs beside it, each message is planned once and sent once."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.ward import asking_patients, doubled, killed, start
from tests.smtp_sink import smtp_sink
from tracker.domain.message import MessageState

COUNT = 80


@pytest.mark.both_databases
@pytest.mark.parametrize("hosts", ["ab", "abcd"])
def test_promise_exactly_enough_schedulers_at_once_send_each_message_once(
    database_url: str, session: Session, now: datetime, hosts: str
) -> None:
    asking_patients(session, COUNT, now=now)

    with smtp_sink() as sink:
        for what in ("tick", "deliver"):
            many = [start(database_url, sink, what, host=host, now=now) for host in hosts]
            assert not any([killed(one) for one in many])

    assert len(sink.mails) == len(set(sink.told)) == COUNT
    assert doubled(sink) == []
    sent = messages(session, state=MessageState.SENT)
    assert len(sent) == len(messages(session)) == COUNT
    assert {one.attempts for one in sent} == {1}


def test_ticks_and_deliveries_of_three_processes_do_not_hinder_each_other(
    database_url: str, sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    asking_patients(session, COUNT, now=now)

    with smtp_sink() as sink:
        three = [
            start(database_url, sink, what, host=host, now=now)
            for what, host in (("tick", "a"), ("tick", "b"), ("deliver", "c"))
        ]
        assert [killed(one) for one in three] == [False] * 3
        killed(start(database_url, sink, "deliver", host="d", now=now))

    assert len(sink.mails) == len(set(sink.told)) == COUNT
