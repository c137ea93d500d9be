"""Recording a refill through the web form, with few pumps stored and with many."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from flask import Flask

from bench.paging import signed_in
from bench.timing import median_ms, report
from tracker.clock import utc_now

NUMBERS: Iterator[int] = count(50)


def bench_recording(app: Flask, database: str, pumps: int) -> float:
    """The median time of the form's POST in ms."""
    client = signed_in(app)

    def record() -> None:
        pump = next(NUMBERS) % pumps + 1
        answer = client.post(f"/pumps/{pump}/refills/new", data=form_of_a_refill())
        assert answer.status_code in (302, 303), answer.status

    took = median_ms(record)
    report("recording a refill by the form", database=database, pumps=pumps, ms=took)
    return took


def form_of_a_refill() -> dict[str, str]:
    """What a nurse types, two hours after the refill."""
    at = utc_now() - timedelta(hours=2)
    return {
        "filled_at_on": f"{at:%Y-%m-%d}",
        "filled_at_time": f"{at:%H:%M}",
        "instilled_volume_ml": "40",
        "drugs_rows": "1",
        "drugs-0-drug_code": "baclofen",
        "drugs-0-concentration": "2000",
        "drugs-0-concentration_unit": "mcg/mL",
        "programme_today": "same",
        "reason": "benchmark",
        "seen_version": "1",
    }
