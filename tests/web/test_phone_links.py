"""A number in a plan can be called from where it stands, and nothing else becomes a link."""

import pytest

from tracker.web.phone_links import callable_numbers


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Ring 020 7946 0999 now", ["02079460999"]),
        ("Ward +44 (0)20 7946 0999, maker 0800 555", ["+442079460999", "0800555"]),
        ("1-800-328-0810.", ["18003280810"]),
        ("dose 20 000 mcg, since 2026-03-12, 12.03.2026", []),
        ("40 mg at 14:30, 3 times, page 12", []),
        ("2000 mcg/mL and 100 mL", []),
    ],
)
def test_what_can_be_called(text, called):
    linked = str(callable_numbers(text))

    assert [part.split('"')[0] for part in linked.split('href="tel:')[1:]] == called


def test_what_somebody_wrote_is_shown_as_text():
    assert callable_numbers("<b>0800 555</b>") == (
        '&lt;b&gt;<a href="tel:0800555">0800 555</a>&lt;/b&gt;'
    )
