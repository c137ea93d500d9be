"""Where a crawler begins, so that it comes to every page and every form.

Left to the board it drowns in pages of the same kind. So each page of the program's own map is
opened with rows of the demonstration (and with one of everything that it has not, by the test
of rights), the forms on it are noted, and the fewest that show them all are handed out.
"""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from tests.riverside import Riverside
from tests.web.test_rights import rows_of
from tracker.clock import utc_now
from tracker.db import Base
from tracker.demo.people import LAKEVIEW, RIVERSIDE
from tracker.domain.catalogue import load
from tracker.domain.risk import RiskClass
from tracker.domain.texts import TEXTS
from tracker.domain.unsubscribing import token_for
from tracker.models import Away, Clinic, DeviceAlarm, EmergencyAccess, Pump, Scope, Staff
from tracker.services import invitations, tokens
from tracker.web.figure_tables import TABLES

Route = tuple[str, str]  # method and endpoint
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WRONG_CALL = 400  # what lets in, and lacks something: a gateway says all in one address
MOST_ROWS = 12  # of a kind that are looked at: the newest and the oldest
SECRET = "0123456789abcdefghij"  # nosec B105 - of a gateway that there is not


def one_of_everything(session: Session, folder: Path) -> dict[str, list[Any]]:
    """Write down a row of each kind, and give what addresses hold, by the name of the part."""
    here, there = (
        session.scalars(sa.select(Clinic).where(Clinic.name == name)).one()
        for name in (RIVERSIDE, LAKEVIEW)
    )
    people = {one.name: one for one in session.scalars(sa.select(Staff))}
    nadia, ito = people["Nadia Brandt"], people["Dr Hana Ito"]
    place = Riverside(here, nadia, ito, people["Sam Whitlock"], there)
    rows: dict[str, list[Any]] = {
        name: [number] for name, number in rows_of(session, place, folder, there).items()
    }
    _bring_here(session)
    by = {"ends_at": utc_now() + timedelta(days=7), "by": nadia, "now": utc_now()}
    rows["token"] = [
        invitations.invite(session, ito, reason="to be scanned", now=utc_now()),
        *(
            tokens.make_token(session, here, name=str(scope), scope=scope, **by)
            for scope in Scope
        ),
        token_for(rows["contact_id"][0], "scan"),
        SECRET,
    ]
    session.commit()
    return rows


def _bring_here(session: Session) -> None:
    """What the tests keep at their own moment, at the present: else it is over."""
    now = utc_now()
    session.execute(sa.update(EmergencyAccess).values(opened_at=now, ends_at=now + HOUR))
    today = {"first_on": now.date(), "last_on": (now + 9 * DAY).date()}
    session.execute(sa.update(Away).values(today))
    session.execute(sa.update(DeviceAlarm).values(alarmed_at=now - HOUR, reported_at=now))


def values_of(session: Session, made: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What may stand in each part of an address: rows that there were, beside those made."""
    tables = {f"{name}_id": table for name, table in Base.metadata.tables.items()}
    tables |= {"record_id": tables["refill_id"], "list_id": tables["morning_list_id"]}
    values: dict[str, list[Any]] = {}
    for name, numbers in made.items():
        found = numbers
        if name in tables and "id" in tables[name].c:
            ids = list(session.scalars(sa.select(tables[name].c.id).order_by("id")))
            found = [*numbers, *ids[-MOST_ROWS // 2 :], *ids[: MOST_ROWS // 2]]
        if name == "pump_id":  # some pages are of one kind of pump only
            alike = sa.select(sa.func.max(Pump.id)).group_by(Pump.model_id, Pump.clinic_id)
            found = [*found, *session.scalars(alike)]
        values[name] = list(dict.fromkeys(found))
    session.rollback()
    catalogue = load()
    return values | {
        "model_code": list(catalogue.pumps)[:2],
        "drug_code": list(catalogue.drugs)[:2],
        "kind": [
            "refill",
            "programme",
            "reading",
            "event",
            "html",
            "pdf",
            "acknowledge",
            "snooze",
        ],
        "risk": [RiskClass.CRITICAL.value],
        "template": [next(iter(TEXTS)), "refill_book"],
        "language": ["en"],
        "name": list(TABLES),
        "number": [1],
        "secret": [SECRET],
        "key": ["1"],
        "filename": ["tracker.css"],
    }


class Forms(HTMLParser):
    """The addresses that the forms of a page are sent to, with their methods."""

    def __init__(self, text: str, address: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._method, self._address = "", address
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._method = (said.get("method") or "get").upper()
            self._note(said.get("action"))
        elif tag in {"button", "input"} and "formaction" in said:
            self._note(said["formaction"])

    def _note(self, action: str | None) -> None:
        path = urllib.parse.urlsplit(urllib.parse.urljoin(self._address, action or "")).path
        self.found.add((self._method, path))


def routes_of(app: Flask) -> set[Route]:
    """Every page and every form of the program."""
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in ("GET", "POST")
        if method in (rule.methods or ())
    }


def route_of(app: Flask, method: str, path: str) -> Route | None:
    try:
        return method, app.url_map.bind("").match(path, method)[0]
    except HTTPException:
        return None


def paths_of(app: Flask, values: dict[str, list[Any]]) -> Iterator[str]:
    """Addresses of every page that is opened by GET, a few of each."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        names = sorted(rule.arguments)
        for chosen in product(*(values[name] for name in names)):
            made = rule.build(dict(zip(names, chosen, strict=True)), append_unknown=False)
            if made is not None:
                yield made[1]


def beginnings(
    app: Flask,
    here: str,
    headers: dict[str, str],
    values: dict[str, list[Any]],
    never: Iterable[str],
) -> list[str]:
    """The fewest pages that show every form to whoever these headers sign in."""
    shut = re.compile("|".join(re.escape(one).replace(r"\*", "[^/]+") for one in never))
    shows: dict[str, set[Route]] = {}
    for path in paths_of(app, values):
        if shut.match(path):
            continue
        asked = urllib.request.Request(here + path, headers=headers)
        try:
            with urllib.request.urlopen(asked) as answer:
                if urllib.parse.urlsplit(answer.url).path != path:
                    continue
                is_page = "html" in answer.headers.get("Content-Type", "")
                forms = Forms(answer.read().decode(), path).found if is_page else set()
        except urllib.error.HTTPError as error:
            if error.code != WRONG_CALL:
                continue
            forms = set()
        found = {route_of(app, *one) for one in {("GET", path), *forms}}
        shows[path] = {one for one in found if one is not None}
    return cover(shows)


def cover(shows: dict[str, set[Route]]) -> list[str]:
    """A few of the pages that show between them all that is shown."""
    chosen, left = [], set().union(*shows.values())
    while left:
        best = max(shows, key=lambda path: len(shows[path] & left))
        chosen.append(best)
        left -= shows[best]
    return chosen
