"""How long a text message is, and which letter makes it longer."""

import pytest

from tracker.domain.gsm7 import length, plain


@pytest.mark.parametrize(
    ("text", "characters", "segments"),
    [
        pytest.param("", 0, 1, id="nothing"),
        pytest.param("a" * 160, 160, 1, id="as long as one can be"),
        pytest.param("a" * 161, 161, 2, id="one too many"),
        pytest.param("a" * 306, 306, 2, id="two parts full"),
        pytest.param("a" * 307, 307, 3, id="three parts"),
        pytest.param("€" * 80, 160, 1, id="the euro counts two"),
        pytest.param("€[]{}~^|\\", 18, 1, id="the whole extension"),
        pytest.param("äöüßñéè ÄÖÜ", 11, 1, id="umlauts are in the alphabet"),
        pytest.param("ś" * 70, 70, 1, id="one wide segment"),
        pytest.param("ś" * 71, 71, 2, id="two wide ones"),
        pytest.param("ś" * 134, 134, 2, id="two wide ones full"),
        pytest.param("😀" * 35, 70, 1, id="a smiley counts two"),
        # an extension character is not cut in two: the first part ends one place early
        pytest.param("a" * 152 + "€" + "a" * 152, 306, 3, id="no character is cut in two"),
    ],
)
def test_the_length_of_a_text(text: str, characters: int, segments: int) -> None:
    found = length(text)

    assert (found.characters, found.segments) == (characters, segments)


def test_the_letters_that_make_it_wide_are_named_once() -> None:
    assert length("ślą śl").wide == ("ś", "ą")
    assert length("déjà vu ñ").wide == ()
    assert length("ça").wide == ("ç",)  # only the capital is in the alphabet
    assert length("Ça").wide == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("próxima visita, ¿sí?", "proxima visita, ¿si?"),
        ("août, ça va", "aout, ca va"),
        ("Łódź – “dobrze”", 'Lodz - "dobrze"'),
        ("Grüße é ñ à", "Grüße é ñ à"),
        ("Ελληνικά", "Ελληνικά"),
        ("Γάμμα", "Γάμμα"),
    ],
)
def test_accents_are_left_out_where_that_makes_it_plain(text: str, said: str) -> None:
    assert plain(text) == said
