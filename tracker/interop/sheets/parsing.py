"""One row as its record, or each reason why it can't be one."""

import re
from decimal import Decimal
from typing import Any

from tracker.domain.catalogue import Catalogue
from tracker.domain.catalogue.entries import PumpEntry
from tracker.interop.sheets.contents import drugs_of
from tracker.interop.sheets.dated import day, refilled
from tracker.interop.sheets.grid import EMPTY, Kind
from tracker.interop.sheets.measured import dose, span, volume
from tracker.interop.sheets.naming import find_pump, split_name
from tracker.interop.sheets.records import VOLUMES, Record
from tracker.interop.sheets.row_cells import LONGEST, RowCells

MOST_DAYS, MOST_MONTHS = 3650, 240  # as a refill and an interrogation may have, or sooner


def read_record(cells: RowCells, catalogue: Catalogue) -> Record | None:
    """The record, where nothing was refused; whom it is about is kept in any case."""
    about = _about(cells)
    volumes = {name: volume(cells, name) for name in VOLUMES}
    cells.needed("volume_after_refill_ml")
    model, pump = _pump(cells, volumes["reservoir_capacity_ml"], catalogue)
    refilled_on, refilled_at = refilled(cells)
    cells.reading.identity = {**about, "pump": pump}
    found: dict[str, Any] = {
        **about,
        "pump_model": model,
        "pump": pump,
        "drugs": _drugs(cells, catalogue),
        "dose_mcg_day": dose(cells),
        "refilled_on": refilled_on,
        "volume_after_refill_ml": volumes.pop("volume_after_refill_ml"),
    }
    beside: dict[str, Any] = {
        **volumes,
        "refilled_at": refilled_at,
        "low_alarm_date": day(cells, "low_alarm_date"),
        "stability_days": span(cells, "stability_days", MOST_DAYS),
        "eri_months": span(cells, "eri_months", MOST_MONTHS),
        **{name: cells.text(name) for name in ("phone", "email", "status")},
        "notes": _notes(cells),
    }
    if cells.reading.reasons or any(one is None for one in found.values()):
        return None
    return Record(**found, **beside)


def _about(cells: RowCells) -> dict[str, Any]:
    """The patient and the number of the pump."""
    family, given = _person(cells)
    texts = {
        name: cells.text(name) if cells.needed(name) else None
        for name in ("mrn", "pump_serial")
    }
    birth = day(cells, "birth_date") if cells.needed("birth_date") else None
    return {"family_name": family, "given_name": given, **texts, "birth_date": birth}


def _person(cells: RowCells) -> tuple[str | None, str | None]:
    """Family name and given name, from two columns or from one."""
    if cells.layout.column("full_name") is None:
        both = ("family_name", "given_name")
        first, second = (cells.text(one) if cells.needed(one) else None for one in both)
        return first, second
    if not cells.needed("full_name") or (text := cells.text("full_name")) is None:
        return None, None
    return cells.attempt(lambda: split_name(text)) or (None, None)


def _pump(
    cells: RowCells, capacity: Decimal | None, catalogue: Catalogue
) -> tuple[str | None, PumpEntry | None]:
    model = cells.text("pump_model") if cells.needed("pump_model") else None
    if model is None:
        return None, None
    return model, cells.attempt(lambda: find_pump(model, capacity, catalogue))


def _drugs(cells: RowCells, catalogue: Catalogue) -> Any:
    names = ("solution", "drug", "concentration")
    solution, drug, strength = (cells.cell(one) for one in names)
    if not cells.is_said("solution"):
        has_drug, has_solution = (cells.layout.column(one) for one in ("drug", "solution"))
        if not cells.needed("solution" if has_solution and not has_drug else "drug"):
            return None
        solution = EMPTY
        is_both = re.search("[0-9]", drug.text) and strength.kind is Kind.EMPTY
        if not is_both and not cells.needed("concentration"):
            return None
    unit, mark = cells.answers.strength, cells.answers.mark
    return cells.attempt(lambda: drugs_of(solution, drug, strength, unit, mark, catalogue))


def _notes(cells: RowCells) -> str | None:
    texts = [cells.row.at(one.place).text for one in cells.layout.columns_of("notes")]
    return "\n".join(one for one in texts if one)[: LONGEST["notes"]] or None
