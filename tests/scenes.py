"""What stands in the database when a test begins: built once for a run, copied for each test.

Where more is wanted than an empty database, a file or folder overrides the fixture
`begins_with` with one that gives the function that builds it. The fixture `standing` is what
that function returned, as it is in the copy of this one test.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.rings import RING
from tracker import schema
from tracker.db import Base, make_engine, make_sessions
from tracker.services.catalogues import seed

Scene = Callable[[Session], Any]
_more = count()


class Templates:
    """The databases of one kind that are copied; each is made when a test first asks for it.

    `copy` makes the second address as the first is, or bare.
    """

    def __init__(
        self, url_of: Callable[[str], str], copy: Callable[[str | None, str], None]
    ) -> None:
        self._url_of, self._copy = url_of, copy
        self._made: dict[Scene | None, str] = {}
        self.built: dict[Scene, Any] = {}

    def of(self, scene: Scene | None) -> str:
        """Where this scene stands; without one, what `flask upgrade` leaves."""
        if scene not in self._made:
            source = None if scene is None else self.of(None)
            url = self._url_of(f"template_tracker{len(self._made)}")
            self._copy(source, url)
            self._fill(url, scene)
            self._made[scene] = url
        return self._made[scene]

    def fresh(self) -> str:
        """One more database with nothing in it, for a test that needs a second one."""
        source = self.of(None)
        url = self._url_of(f"more{next(_more)}")
        self._copy(source, url)
        return url

    def _fill(self, url: str, scene: Scene | None) -> None:
        if scene is None:
            schema.upgrade(url)
        engine = make_engine(url, ring=RING)
        with make_sessions(engine)() as session:
            if scene is None:
                seed(session)
            else:
                self.built[scene] = scene(session)
            session.commit()
        engine.dispose()  # else a part lies beside the file, and a server copies nothing


def look_up(session: Session, built: Any) -> Any:
    """The same with each row as it is in this session's database."""
    if isinstance(built, Base):
        return session.get_one(type(built), sa.inspect(built).identity)
    if isinstance(built, SimpleNamespace):
        return SimpleNamespace(**{n: look_up(session, one) for n, one in vars(built).items()})
    if is_dataclass(built) and not isinstance(built, type):
        found = {one.name: look_up(session, getattr(built, one.name)) for one in fields(built)}
        return replace(built, **found)
    return built
