"""How good our projections were on the clinic's own refills, on a page and as a sheet."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.interop.cells import as_csv
from tracker.services.backtests import MOST, BackTest, Foreseen, back_test
from tracker.web.filters import local_day, rounded

bp = Blueprint("backtests", __name__)
MONTH = timedelta(days=365) / 12
SPANS = (3, 12, 24)  # months
USUAL = 12
HEADS = (
    *("refill", "pump", "filled_on", "foreseen_ml", "measured_ml", "error_ml"),
    *("error_days", "least_ml", "most_ml", "is_in_band"),
)


@bp.get("/clinic/backtest")
def show() -> ResponseReturnValue:
    """Error, spread, coverage of the band, and the ten that were furthest off."""
    return render_template(
        "backtests/show.html", test=_test(), months=_months(), spans=SPANS, most=MOST
    )


@bp.get("/clinic/backtest.csv")
def sheet() -> ResponseReturnValue:
    """Every refill of the span, without names."""
    answer = Response(as_csv([HEADS, *_cells(_test())]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=backtest.csv"
    return answer


def _months() -> int:
    asked = request.args.get("months", "")
    return next((one for one in SPANS if str(one) == asked), USUAL)


def _test() -> BackTest:
    return back_test(g.session, g.clinic, since=g.now - _months() * MONTH, until=g.now)


def _cells(test: BackTest) -> Iterator[tuple[object, ...]]:
    for one in test.foreseen:
        yield (
            one.refill.id,
            one.refill.pump.serial,
            local_day(one.refill.filled_at).isoformat(),
            *(_figure(volume) for volume in (one.foreseen_ml, one.measured_ml, one.error_ml)),
            *(_figure(value) for value in (one.error_days, one.least_ml, one.most_ml)),
            _said(one),
        )


def _figure(value: object) -> object:
    """To a thousandth, which is finer than anybody can measure."""
    return rounded(value, 3) if isinstance(value, Fraction) else value


def _said(one: Foreseen) -> str:
    return {True: "yes", False: "no", None: ""}[one.is_in_band]
