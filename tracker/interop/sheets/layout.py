"""Where the headings stand, and which column is which field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracker.interop.sheets.grid import Cell, Grid, Kind, Row, UnreadableSheet
from tracker.interop.sheets.headings import is_unit, order_in, plain_heading, proposed
from tracker.interop.sheets.mapping import Mapping

LOOKED_AT = 40  # rows among which headings are looked for; ours
FEWEST = 3  # headings that must be known before a row is taken for one; ours
REPEATED = 2  # cells alike, and most of them, make a repeated heading


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading as it is written, its place, and the field it is read as."""

    place: int
    heading: str
    field: str
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns, and the rows that hold records.

    `unread` are headings nobody mapped and no word of ours names.
    """

    heading_rows: tuple[int, ...]
    first_data_row: int
    columns: tuple[Column, ...]
    titles: tuple[tuple[int, str], ...]
    unread: tuple[str, ...]
    is_proposed: bool

    def column(self, field: str) -> Column | None:
        return next((one for one in self.columns if one.field == field), None)

    def columns_of(self, field: str) -> list[Column]:
        return [one for one in self.columns if one.field == field]


@dataclass(frozen=True, slots=True)
class Titled:
    """A column with every name by which somebody may mean it, the plainest first."""

    place: int
    names: tuple[str, ...]

    @property
    def heading(self) -> str:
        return self.names[0]


def lay_out(grid: Grid, mapping: Mapping, across: dict[int, dict[int, int]]) -> Layout:
    """The columns of a sheet, as they were mapped or are proposed. Raises UnreadableSheet.

    `across` says for a row of a workbook which merged cell covers a column.
    """
    rows = _heading_rows(grid, mapping, across)
    titled = _titled([_needed(grid, number) for number in rows], across)
    said = mapping.columns
    columns = _proposed(titled) if said is None else _mapped(titled, said)
    read = {one.place for one in columns}
    return Layout(
        heading_rows=rows,
        first_data_row=max(mapping.first_data_row or 0, rows[-1] + 1),
        columns=tuple(columns),
        titles=tuple((one.place, one.heading) for one in titled),
        unread=tuple(one.heading for one in titled if one.place not in read),
        is_proposed=mapping.columns is None,
    )


def _needed(grid: Grid, number: int) -> Row:
    row = grid.row(number)
    if row is None or row.is_blank:
        raise UnreadableSheet(f"Row {number} holds no headings.")
    return row


def _heading_rows(
    grid: Grid, mapping: Mapping, across: dict[int, dict[int, int]]
) -> tuple[int, ...]:
    if mapping.heading_rows is not None:
        return mapping.heading_rows
    first = mapping.first_data_row or LOOKED_AT * 10
    rows = [one for one in grid.rows if not one.is_blank and one.number < first][:LOOKED_AT]
    tries: list[tuple[Row, ...]] = [(one,) for one in rows]
    tries += [two for two in pairwise(rows) if two[1].number == two[0].number + 1]
    if mapping.columns is not None:
        found = _rows_with(tries, mapping.columns, across)
    else:
        found = _rows_of_words(tries, across)
    return (*found, *_units_below(grid, found[-1]))


def _units_below(grid: Grid, number: int) -> tuple[int, ...]:
    """The next row, if it says the units of the headings and nothing else."""
    row = grid.row(number + 1)
    words = [one.text for one in row.cells if one.kind is Kind.TEXT] if row else []
    return (number + 1,) if words and all(is_unit(one) for one in words) else ()


def _rows_of_words(
    tries: Sequence[tuple[Row, ...]], across: dict[int, dict[int, int]]
) -> tuple[int, ...]:
    """The row, or the two, in which most headings are known words."""
    scored = [(_score(_titled(one, across)), one) for one in tries]
    best, found = max(scored, key=lambda one: (one[0], -len(one[1])), default=(0, ()))
    if best < FEWEST:
        raise UnreadableSheet(
            "No column could be matched to a field: say in the mapping which row holds the"
            " headings, and what each column is."
        )
    return tuple(one.number for one in found)


def _score(titled: Sequence[Titled]) -> int:
    found = [field for one in titled if (field := _named(one)) not in (None, "ignore")]
    return len(set(found))


def _rows_with(
    tries: Sequence[tuple[Row, ...]],
    columns: dict[str, str],
    across: dict[int, dict[int, int]],
) -> tuple[int, ...]:
    """The first row, or two, in which each heading of the mapping stands."""
    wanted = {plain_heading(one) for one in columns}
    for rows in sorted(tries, key=len):
        there = {plain_heading(name) for one in _titled(rows, across) for name in one.names}
        if wanted <= there:
            return tuple(one.number for one in rows)
    best = max(
        (
            {plain_heading(name) for one in _titled(rows, across) for name in one.names}
            for rows in tries
        ),
        key=lambda there: len(wanted & there),
        default=set(),
    )
    missing = [one for one in columns if plain_heading(one) not in best]
    raise UnreadableSheet(f"No column is called {missing[0] if missing else ''!r}.")


def _titled(rows: Sequence[Row], across: dict[int, dict[int, int]]) -> list[Titled]:
    """Each column that has a heading; a group above counts for the columns beside it too."""
    width = max(len(one.cells) for one in rows)
    levels = [
        [_words(row.at(place)) for place in range(width)]
        if row is rows[-1]
        else _grouped(row, width, across.get(row.number))
        for row in rows
    ]
    titled = []
    for place in range(width):
        parts = [level[place] for level in levels if level[place]]
        parts = [one for at, one in enumerate(parts) if one not in parts[:at]]
        own = levels[-1][place] or _words(rows[0].at(place))
        if own:
            titled.append(Titled(place, _names(own, parts)))
    return [_told_apart(one, titled) for one in titled]


def _told_apart(one: Titled, titled: Sequence[Titled]) -> Titled:
    """Two columns called “Name” under two groups go by group and name."""
    others = {name for other in titled if other is not one for name in other.names}
    apart = next((name for name in one.names if name not in others), one.heading)
    return Titled(one.place, tuple(dict.fromkeys((apart, *one.names))))


def _names(own: str, parts: list[str]) -> tuple[str, ...]:
    whole = " ".join(parts)
    if is_unit(own) and len(parts) > 1:  # a row of units under the row of headings
        return whole, " ".join(parts[:-1])
    return tuple(dict.fromkeys((own, whole)))


def _words(cell: Cell) -> str:
    return " ".join(cell.text.split()) if cell.kind is not Kind.EMPTY else ""


def _grouped(row: Row, width: int, merged: dict[int, int] | None) -> list[str]:
    """A row of groups: each holds until the next one, or as far as its merged cell."""
    found, last = [], ""
    for place in range(width):
        word = _words(row.at(merged.get(place, place) if merged is not None else place))
        last = word or (last if merged is None else "")
        found.append(last)
    return found


def _named(one: Titled) -> str | None:
    """The field, by the whole of what stands above the column before its own heading alone."""
    names = sorted(one.names, key=len, reverse=True)
    return next((field for name in names if (field := proposed(name))), None)


def _proposed(titled: Sequence[Titled]) -> list[Column]:
    """The columns whose headings are known words; two of one field are nobody's guess."""
    columns = [
        Column(one.place, one.heading, field, _order(one))
        for one in titled
        if (field := _named(one)) is not None
    ]
    _check_once(columns)
    if not any(one.field not in ("ignore", "notes") for one in columns):
        raise UnreadableSheet("No column could be matched to a field: say what each column is.")
    return columns


def _order(one: Titled) -> str | None:
    return next((order for name in one.names if (order := order_in(name))), None)


def _check_once(columns: Sequence[Column]) -> None:
    seen: dict[str, str] = {}
    for one in columns:
        if one.field in ("ignore", "notes"):
            continue
        if one.field in seen:
            raise UnreadableSheet(
                f"The columns {seen[one.field]!r} and {one.heading!r} would both be"
                f" {one.field}: say in the mapping which one is."
            )
        seen[one.field] = one.heading


def _mapped(titled: Sequence[Titled], wanted: dict[str, str]) -> list[Column]:
    columns = []
    for heading, field in wanted.items():
        found = list(_called(titled, heading))
        if not found:
            raise UnreadableSheet(f"No column is called {heading!r}.")
        if len(found) > 1 and field != "ignore":
            raise UnreadableSheet(f"{len(found)} columns are called {heading!r}.")
        columns += [Column(one.place, one.heading, field, _order(one)) for one in found]
    _check_once(columns)
    taken = [one.place for one in columns if one.field != "ignore"]
    if len(set(taken)) < len(taken):
        raise UnreadableSheet("Two headings of the mapping mean one column.")
    return sorted(columns, key=lambda one: one.place)


def _called(titled: Sequence[Titled], heading: str) -> Iterator[Titled]:
    """The columns of this name to the letter; else those that differ in blanks and signs."""
    exact = [one for one in titled if " ".join(heading.split()) in one.names]
    if exact:
        return iter(exact)
    plain = plain_heading(heading)
    return (one for one in titled if plain in {plain_heading(name) for name in one.names})


def is_repeated_heading(row: Row, headings: Sequence[Row]) -> bool:
    """Whether a row says again what the headings say."""
    filled = [
        (at, cell.text) for at, cell in enumerate(row.cells) if cell.kind is not Kind.EMPTY
    ]
    for one in headings:
        alike = [
            at for at, text in filled if plain_heading(text) == plain_heading(one.at(at).text)
        ]
        if len(alike) >= REPEATED and len(alike) * 2 > len(filled):
            return True
    return False
