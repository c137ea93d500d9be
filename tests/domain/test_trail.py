"""The chain: each entry is sealed to the one before, and the first that is wrong is named."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain.trail import BEGINNING, Entry, Head, Kept, Wrong, as_json, chained, follow

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
FIRST = Entry(
    id=1,
    at=AT,
    actor="Nadia Nurse",
    staff_id=7,
    clinic_id=1,
    patient_id=3,
    pump_id=4,
    act="changed",
    what="pump",
    row_id=4,
    before='{"serial":"A"}',
    after='{"serial":"B"}',
    address="192.0.2.7",
    correlation="c0ffee",
)


def chain(length=5):
    kept, last = [], BEGINNING
    for number in range(1, length + 1):
        entry = replace(FIRST, id=number, row_id=number)
        last = chained(last, entry)
        kept.append(Kept(entry, last))
    return kept


def test_a_whole_trail_gives_its_head():
    kept = chain()

    assert follow(kept) == Head(5, kept[-1].hash, AT)
    assert follow([]) == Head(0, BEGINNING)


OTHER = {
    "at": AT + timedelta(microseconds=1),
    "act": "added",
    **dict.fromkeys(("staff_id", "clinic_id", "patient_id", "pump_id", "row_id"), 99),
}


@pytest.mark.parametrize("name", [one.name for one in fields(Entry) if one.name != "id"])
def test_a_change_of_any_field_is_named_with_its_entry(name):
    kept = chain()
    other = OTHER.get(name) or getattr(FIRST, name)[:-1] + "~"
    kept[2] = replace(kept[2], entry=replace(kept[2].entry, **{name: other}))

    found = follow(kept)

    assert isinstance(found, Wrong)
    assert found.number == 3
    assert "a field was changed" in found.sentence


def test_a_changed_hash_is_told_from_a_changed_field():
    kept = chain()
    kept[2] = replace(kept[2], hash="f" + kept[2].hash[1:])

    found = follow(kept)

    assert isinstance(found, Wrong)
    assert (found.number, "its own hash" in found.sentence) == (3, True)


def test_one_that_is_missing_put_in_or_moved_is_named():
    kept = chain()
    without = kept[:2] + kept[3:]
    more = [*kept[:2], Kept(replace(FIRST, id=3), "0" * 64), *kept[2:]]
    moved = [
        replace(one, entry=replace(one.entry, id=number))
        for number, one in enumerate([kept[0], kept[2], kept[1], *kept[3:]], start=1)
    ]
    early = [Kept(replace(FIRST, id=0), "0" * 64), *kept]

    numbers = [follow(one).number for one in (without, more, moved, early)]
    assert numbers == [3, 3, 2, 0]
    assert "missing" in follow(without).sentence
    assert "moved" in follow(moved).sentence


def test_a_tail_that_was_cut_off_is_seen_by_a_head_on_paper():
    kept = chain()
    on_paper = Head(5, kept[4].hash[:16])

    assert isinstance(follow(kept, [on_paper]), Head)
    assert follow(kept[:3], [on_paper]).number == 4
    rewritten = chain(6)
    assert isinstance(follow(rewritten, [Head(5, "0" * 16)]), Wrong)


def test_the_patients_of_a_list_are_those_by_whom_it_is_found():
    entry = replace(FIRST, act="listed", after='{"count":2,"patients":[3,4]}')
    sealed = chained(BEGINNING, entry)

    assert isinstance(follow([Kept(entry, sealed, (3, 4))]), Head)
    assert follow([Kept(entry, sealed, (3,))]).number == 1


def test_there_is_one_form_of_json_with_exact_numbers_and_zones():
    at = datetime(2026, 6, 1, 10, tzinfo=UTC)

    assert as_json({"b": Decimal("40.10"), "a": at}) == (
        '{"a":"2026-06-01T10:00:00+00:00","b":"40.10"}'
    )
