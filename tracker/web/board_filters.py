"""What the address of the worklist asks for: read, spelt again, and cleaned of all else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import g, url_for

from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.risk import RiskClass
from tracker.models import Clinic
from tracker.services.boards import BoardFilters
from tracker.services.stand_ins import answers_for
from tracker.web import asked

Chosen = TypeVar("Chosen", bound=StrEnum)
NAMES = ("owner", "clinics", "bucket", "risk", "kind", "call")


@dataclass(frozen=True, slots=True)
class Worklist:
    """The filters, and whose rows of which clinics they are asked of."""

    filters: BoardFilters
    is_mine: bool = False
    is_everywhere: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything but the clinics is asked for."""
        return self.is_mine or self.filters != BoardFilters()

    @property
    def spelt(self) -> dict[str, str]:
        """What is in force, as an address spells it; the search stays sealed."""
        return {**self.kept, asked.NAME: sealed} if (sealed := self._search) else self.kept

    @property
    def kept(self) -> dict[str, str]:
        """The same without what was searched for, which is nobody's to keep."""
        filters = self.filters
        spelt = {
            "owner": "me" if self.is_mine else "",
            "clinics": "all" if self.is_everywhere else "",
            "bucket": filters.bucket.value if filters.bucket else "",
            "risk": filters.risk_class.value if filters.risk_class else "",
            "kind": filters.kind.value if filters.kind else "",
            "call": "due" if filters.is_call_due else "",
        }
        return {name: value for name, value in spelt.items() if value}

    @property
    def _search(self) -> str:
        return asked.seal(self.filters.text) or ""

    @property
    def clinics(self) -> list[Clinic]:
        """Whose rows are shown: those of this clinic, or of all that the reader works in."""
        if not self.is_everywhere:
            return [g.clinic]
        return [one.clinic for one in g.signed_in.memberships]

    def owners(self) -> dict[int, tuple[int, ...]] | None:
        """By clinic, whose watches are the reader's; None where everybody's are asked for."""
        if not self.is_mine:
            return None
        numbers = [one.id for one in self.clinics]
        return answers_for(g.session, numbers, g.staff, now=g.now)


def read_worklist(args: Mapping[str, str], text: str = "") -> Worklist:
    """The filters as they were chosen; a word that isn't one of them filters nothing."""
    filters = BoardFilters(
        bucket=_chosen(Bucket, args.get("bucket", "")),
        risk_class=_chosen(RiskClass, args.get("risk", "")),
        kind=_chosen(WatchKind, args.get("kind", "")),
        is_call_due=args.get("call") == "due",
        text=text,
    )
    is_everywhere = args.get("clinics") == "all" and len(g.signed_in.memberships) > 1
    return Worklist(filters, args.get("owner") == "me", is_everywhere)


def clean_view(query: str) -> str:
    """The filters of an address and nothing else: no search, no page, no word of others."""
    return urlencode(read_worklist(dict(parse_qsl(query[:500]))).kept)


def board_address(query: str) -> str:
    """The board with these filters and nothing else of an address."""
    view = clean_view(query)
    return url_for("board.index") + (f"?{view}" if view else "")


def _chosen(kind: type[Chosen], value: str) -> Chosen | None:
    return next((one for one in kind if one.value == value), None)
