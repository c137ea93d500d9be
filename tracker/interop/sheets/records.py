"""One row of a sheet on its way: what was read of it, and what is to be said."""

from dataclasses import dataclass, field
from typing import Any

from tracker.domain.sheet_record import VOLUMES as VOLUMES
from tracker.domain.sheet_record import SheetDrug as SheetDrug
from tracker.domain.sheet_record import SheetRecord

Record = SheetRecord


@dataclass(slots=True)
class Reading:
    """One row on its way: what was read, what stands against it, what is to be said."""

    row: int
    record: Record | None = None
    outcome: str = "import"
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    identity: dict[str, Any] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    open_dose: str = ""  # as it was typed, where nobody said per day or per hour
    ended_serial: str = ""  # of a pump that the sheet says has ended

    def refuse(self, reason: str) -> None:
        """The row is not imported; every reason is told."""
        self.outcome = "reject"
        if reason not in self.reasons:
            self.reasons.append(reason)

    def warn(self, warning: str) -> None:
        """What is to be said of a row that is imported all the same."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def leave(self, outcome: str, reason: str) -> None:
        """The row is skipped, or stands there twice: that is what is to be said of it."""
        self.outcome, self.reasons, self.warnings = outcome, [reason], []

    def as_json(self) -> dict[str, Any]:
        values = self.record.as_values() if self.record and self.outcome == "import" else {}
        return {
            "row": self.row,
            "outcome": self.outcome,
            "reason": "; ".join(self.reasons) or None,
            "warnings": self.warnings,
            "values": values,
        }
