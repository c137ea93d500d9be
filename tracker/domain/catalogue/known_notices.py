"""Published field-safety notices as shipped, for a clinic to take over. None is in force."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tracker.domain.errors import UnsourcedConstant
from tracker.domain.recall import RecallClass, RecallFacts, Scope, Span
from tracker.domain.sourced import MARKS


@dataclass(frozen=True, slots=True)
class KnownNotice:
    """A notice with where we have it from, how sure that is, and who has checked it."""

    code: str
    facts: RecallFacts
    mark: str
    verified_by: str


@cache
def known_notices() -> dict[str, KnownNotice]:
    """All by their code, the newest first."""
    path = Path(__file__).with_name("notices.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {code: read_notice(code, tables[code]) for code in reversed(tables)}


def read_notice(code: str, kept: dict[str, Any]) -> KnownNotice:
    """The notice of one table; UnsourcedConstant where it has no source."""
    for name in ("source", "verified_by"):
        if not kept.get(name):
            raise UnsourcedConstant(f"{code}: {name} is missing.")
    if kept.get("mark") not in MARKS:
        raise UnsourcedConstant(f"{code}: mark must be one of {', '.join(MARKS)}.")
    facts = RecallFacts(
        authority=kept["authority"],
        reference=kept["reference"],
        title=kept["title"],
        issued_on=kept.get("issued_on"),
        klass=RecallClass(kept["klass"]),
        models=tuple(kept["models"]),
        scope=Scope(made=Span(kept.get("made_from_on"), kept.get("made_until_on"))),
        action=kept["action"],
        letter=kept["letter"],
        source=f"{kept['source']} of our list of sources; read the notice itself",
    )
    return KnownNotice(code, facts, kept["mark"], kept["verified_by"])
