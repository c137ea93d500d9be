"""The catalogue's rows follow the catalogue, by code."""

import sqlalchemy as sa

from tracker.domain.catalogue import load
from tracker.models import Drug, PumpModel
from tracker.services.catalogues import seed


def test_every_pump_and_drug_of_the_catalogue_gets_its_row(session):
    seed(session)

    assert set(session.scalars(sa.select(PumpModel.code))) == set(load().pumps)
    assert set(session.scalars(sa.select(Drug.code))) == set(load().drugs)


def test_a_row_that_differs_is_brought_back_and_keeps_its_number(session):
    seed(session)
    drug = session.scalar(sa.select(Drug).where(Drug.code == "baclofen"))
    number, facts = drug.id, drug.facts
    drug.facts = {"changed": "by hand"}
    session.flush()

    assert seed(session) == 1
    assert (drug.id, drug.facts) == (number, facts)


def test_a_second_time_changes_nothing(session):
    seed(session)

    assert seed(session) == 0


def test_a_model_that_the_catalogue_no_longer_has_stays(session):
    session.add(PumpModel(code="old", name="Old", facts={}))
    seed(session)

    assert session.scalar(sa.select(PumpModel.id).where(PumpModel.code == "old"))
