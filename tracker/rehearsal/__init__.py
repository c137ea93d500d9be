"""What would be sent, to whom and when: the engine itself, run ahead on a private copy."""

from tracker.rehearsal.lines import Line
from tracker.rehearsal.replaying import Replayed, replay
from tracker.rehearsal.running import Ladders, Rehearsed, rehearse

__all__ = ["Ladders", "Line", "Rehearsed", "Replayed", "rehearse", "replay"]
