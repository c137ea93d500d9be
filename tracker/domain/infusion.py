"""How a pump empties its reservoir: fills, programmes and boluses as flow over time."""

from enum import StrEnum


class Mode(StrEnum):
    SIMPLE = "simple"
    FLEX = "flex"
    PERIODIC_BOLUS = "periodic_bolus"
    MINIMUM = "minimum"
    STOPPED = "stopped"
    FIXED_FLOW = "fixed_flow"
