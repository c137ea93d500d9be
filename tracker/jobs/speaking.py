"""What was claimed together, put into words: one message alone, or several in one digest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.outgoing import DeliveryFailed, Notice, Refusal, Words
from tracker.notify.render import Renderer
from tracker.services.deliveries import Taken


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one hand-over, and each message it carries with its own; a leader first."""

    words: Words
    carried: list[tuple[Taken, Words]]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A message for which there are no words; it is settled by itself."""

    taken: Taken
    why: DeliveryFailed


def put_into_words(
    renderer: Renderer, taken: Sequence[Taken], *, now: datetime
) -> Iterator[Said | Unfit]:
    """The hand-overs to be made; one that can't be said falls out and stops no other."""
    fit: list[tuple[Taken, Words]] = []
    for one in taken:
        try:
            fit.append((one, renderer.words(one.notice, to_send=True, now=now)))
        except Exception as problem:
            yield Unfit(one, _unfit(problem))
    alone = [one for one in fit if _is_whole(one[0].notice)]
    fit = [one for one in fit if not _is_whole(one[0].notice)]
    if len(fit) > 1 and (words := _digest(renderer, fit, now=now)) is not None:
        yield Said(words, fit)
        fit = []
    for one, own in (*alone, *fit):
        yield Said(own, [(one, own)])


def _is_whole(notice: Notice) -> bool:
    """Whether a line would not say it: pages go along with it, or it is a report."""
    return bool(notice.files) or notice.report is not None


def _digest(
    renderer: Renderer, fit: list[tuple[Taken, Words]], *, now: datetime
) -> Words | None:
    """None if it can't be put into words: then each goes alone, and none is lost."""
    try:
        return renderer.digest([(one.notice, words) for one, words in fit], now=now)
    except Exception:
        return None


def _unfit(problem: Exception) -> DeliveryFailed:
    text = f"it can't be put into words: {type(problem).__name__}: {problem}"
    return DeliveryFailed(text, refusal=Refusal.UNFIT)
