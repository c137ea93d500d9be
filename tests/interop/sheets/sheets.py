"""Sheets as a clinic might keep them: one good row, and what is changed about it."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl

from tracker.domain.catalogue import load
from tracker.interop.sheets.mapping import mapping_from
from tracker.interop.sheets.opening import open_sheet
from tracker.interop.sheets.reading import answer, read_rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
GOOD = {
    "Patient": "Example, Ida",
    "MRN": "0007",
    "Born": "14 Mar 1970",
    "Pump": "SynchroMed II 40",
    "Serial": "TST900001",
    "Drug": "Baclofen",
    "Conc": "2000 mcg/mL",
    "Dose/day": "400 mcg",
    "Filled on": "2 Nov 2026",
    "mL in": "40",
    "Alarm date": "11 May 2027",
}


def row(**changed):
    """The good row; `changed` names columns with _ for blanks and signs, as `mL_in`."""
    names = {name.replace("/", "_").replace(" ", "_"): name for name in GOOD}
    more = {names.get(name, name): text for name, text in changed.items()}
    return {**GOOD, **more}


def other(number, **changed):
    """Another patient with another pump."""
    apart = {
        "Patient": f"Example, Ove{number}",
        "MRN": f"1{number}",
        "Serial": f"TST80000{number}",
    }
    apart["Born"] = f"{number} May 1980"
    return row(**apart | changed)


def sheet(*rows, renamed=(), delimiter=";"):
    """The rows as a text file, headings first."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    heads = [dict(renamed).get(name, name) for name in names]
    lines = [heads, *([str(one.get(name, "")) for name in names] for one in rows)]
    quoted = [
        [f'"{one}"' if delimiter in one or "\n" in one else one for one in line]
        for line in lines
    ]
    return "".join(delimiter.join(line) + "\n" for line in quoted)


def read(content, *, now=NOW, zone=LONDON, **mapping):
    """What is said of a file."""
    if isinstance(content, str):
        content = content.encode()
    opened = open_sheet(content, mapping_from(mapping))
    return answer(read_rows(opened, zone=zone, catalogue=load(), now=now))


def only(content, **mapping):
    """What is said of its one record."""
    (found,) = read(content, **mapping)["rows"]
    return found


def outcome(content, **mapping):
    found = only(content, **mapping)
    return found["outcome"], found["reason"]


def book(*rows, title="Pumps"):
    """A workbook with one sheet of these rows, to be changed and then packed."""
    made = openpyxl.Workbook()
    made.active.title = title
    for one in rows:
        made.active.append(list(one))
    return made


def good_book(**changed):
    one = row(**changed)
    return book(list(one), list(one.values()))


def packed(made):
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def values(**changed):
    mapping = {name: changed.pop(name) for name in list(changed) if name.islower()}
    found = only(sheet(row(**changed)), **mapping)
    assert found["outcome"] == "import", found["reason"]
    return found["values"]


def refused(**changed):
    mapping = {
        name: changed.pop(name) for name in list(changed) if name.islower() and name != "mL_in"
    }
    found = only(sheet(row(**changed)), **mapping)
    assert found["outcome"] == "reject", found
    return found["reason"]
