"""Two patients that may be one are found, however they are written."""

from dataclasses import replace
from datetime import date

import pytest

from tracker.domain.likeness import Named, is_alike

IDA = Named("00123", "García-López", "Ida", date(1970, 3, 14))
OTHER = Named("999", "Novak", "Max", date(1981, 1, 1))


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        pytest.param({"mrn": "0-01 23"}, True, id="the number, grouped"),
        pytest.param({"mrn": "123"}, True, id="the number without its zeros"),
        pytest.param({"mrn": "1230"}, False, id="another number"),
        pytest.param({"family_name": "garcia lopez", "given_name": "IDA"}, True, id="the name"),
        pytest.param({"family_name": "Ida", "given_name": "García López"}, True, id="swapped"),
        pytest.param({"given_name": "Ida", "birth_on": IDA.birth_on}, True, id="married since"),
        pytest.param({"given_name": "Ida"}, False, id="a given name alone"),
        pytest.param({"birth_on": IDA.birth_on}, False, id="a birth date alone"),
    ],
)
def test_hazard_h14_a_patient_who_may_be_here_already_is_found(changed, alike):
    assert is_alike(IDA, replace(OTHER, **changed)) is alike
