"""The rows of a sheet beside each other: the same twice, and what contradicts itself."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.likeness import plain_name
from tracker.domain.recall import plain_serial
from tracker.interop.sheets.records import Reading, Record

BESIDE = ("notes", "phone", "email", "status")  # what says nothing of the refill itself


def compare(readings: Sequence[Reading], zone: ZoneInfo) -> None:
    """Mark the rows that stand there twice, and refuse those that contradict another.

    Nobody can tell which of two rows that contradict each other is right: all are refused.
    """
    _two_of_one(readings, _mrn, _born, "MRN {} has two dates of birth: rows {}")
    _two_of_one(readings, _mrn, _called, "MRN {} has two names: rows {}")
    _two_of_one(readings, _serial, _mrn, "serial number {} belongs to two patients: rows {}")
    _two_of_one(readings, _serial, _model, "serial number {} has two pump models: rows {}")
    _same_twice(readings)
    _two_of_one(
        [one for one in readings if one.outcome == "import"],
        lambda one: _refill(one, zone),
        lambda one: one.record and _key(one.record),
        "one refill is told in two ways: rows {1}",
    )


def _two_of_one(
    readings: Sequence[Reading],
    key: Callable[[Reading], Hashable | None],
    other: Callable[[Reading], Hashable | None],
    reason: str,
) -> None:
    rows: dict[Hashable, list[Reading]] = defaultdict(list)
    for one in readings:
        if one.identity and key(one) is not None and other(one) is not None:
            rows[key(one)].append(one)
    for found in rows.values():
        if len({other(one) for one in found}) < 2:
            continue
        shown = found[0].identity["pump_serial" if key is _serial else "mrn"]
        where = _listed([one.row for one in found])
        for one in found:
            one.refuse(reason.format(shown, where))


def _listed(rows: list[int]) -> str:
    return f"{', '.join(str(one) for one in rows[:-1])} and {rows[-1]}"


def _mrn(one: Reading) -> Hashable | None:
    typed = one.identity["mrn"]
    return typed.casefold() if typed else None


def _born(one: Reading) -> Hashable | None:
    born: Hashable | None = one.identity["birth_date"]
    return born


def _called(one: Reading) -> Hashable | None:
    family, given = one.identity["family_name"], one.identity["given_name"]
    return (plain_name(family), plain_name(given)) if family and given else None


def _serial(one: Reading) -> Hashable | None:
    typed, pump = one.identity["pump_serial"], one.identity["pump"]
    return (plain_serial(typed), pump.maker if pump else "") if typed else None


def _model(one: Reading) -> Hashable | None:
    pump = one.identity["pump"]
    return pump.code if pump else None


def _refill(one: Reading, zone: ZoneInfo) -> Hashable | None:
    if one.record is None:
        return None
    return _serial(one), one.record.refilled_on


def _key(record: Record) -> Hashable:
    values: dict[str, Any] = record.as_values()
    drugs = tuple((one.entry.code, one.concentration_mcg_ml) for one in record.drugs)
    apart = {*BESIDE, "drugs", "pump_model", "pump_serial", "family_name", "given_name"}
    plain = tuple((name, value) for name, value in values.items() if name not in apart)
    return plain, drugs, record.pump.code, plain_serial(record.pump_serial)


def _same_twice(readings: Sequence[Reading]) -> None:
    first: dict[Hashable, int] = {}
    for one in readings:
        if one.record is None:
            continue
        seen = first.setdefault(_key(one.record), one.row)
        if seen != one.row:
            one.leave("duplicate", f"the same record as row {seen}")
