"""A patient's doses over time, over all of their pumps."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.doses import doses
from tracker.domain.titration import Change, Given, changes
from tracker.models import Pump
from tracker.services.charts import Chart, charts_of, components


def titration_of(session: Session, patient_id: int) -> list[Change]:
    """Each change of a dose of the patient, oldest first."""
    asked = sa.select(Pump.id, Pump.serial).where(Pump.patient_id == patient_id)
    serials = {number: serial for number, serial in session.execute(asked.order_by(Pump.id))}
    charts = charts_of(session, list(serials))
    return changes(
        given for number, chart in charts.items() for given in _given(chart, serials[number])
    )


def _given(chart: Chart, serial: str) -> list[Given]:
    """What is given from each fill and each programme on; nothing where one is missing."""
    times = sorted({one.at for one in chart.programmes} | {one.fill.at for one in chart.fills})
    found = []
    for at in times:
        programme, fill = chart.running(at), chart.filled(at)
        if programme is not None and fill is not None:
            found.append(Given(at, serial, doses(programme, components(fill))))
    return found
