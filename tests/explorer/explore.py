"""Every order of events up to a depth, each state once; a breach tells its shortest story."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.explorer.world import World

Event = tuple[str, Callable[[World], World]]


@dataclass(frozen=True, slots=True)
class Breach:
    """What went wrong, and the events that lead there, fewest first."""

    what: str
    story: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what}\n  " + "\n  ".join(self.story)


@dataclass(slots=True)
class Explored:
    """How much was seen, and the first breach if there was one."""

    states: int = 0
    moves: int = 0
    breach: Breach | None = None


def explore(
    begin: World,
    events: Callable[[World], Iterator[Event]],
    check: Callable[[World], str],
    *,
    depth: int,
) -> Explored:
    """Breadth first, so that the story of the first breach is a shortest one."""
    came: dict[World, tuple[World, str] | None] = {begin: None}
    waiting: deque[tuple[World, int]] = deque([(begin, 0)])
    done = Explored()
    while waiting:
        world, far = waiting.popleft()
        done.states += 1
        if what := check(world):
            done.breach = Breach(what, _story(came, world))
            return done
        if far == depth:
            continue
        for name, act in events(world):
            done.moves += 1
            after = act(world)
            if after not in came:
                came[after] = (world, name)
                waiting.append((after, far + 1))
    return done


def _story(came: dict[World, tuple[World, str] | None], world: World) -> tuple[str, ...]:
    names: list[str] = []
    step = came[world]
    while step is not None:
        names.append(step[1])
        step = came[step[0]]
    return tuple(reversed(names))
