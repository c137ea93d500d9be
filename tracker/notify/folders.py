"""The templates that come with the program: a folder for each message, English at its top.

Another language is a folder within, with subject, body and short message; its HTML is made from
the body. All are looked through once when they are loaded: an unfit one is refused at start.
"""

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker.domain.fitness import lint
from tracker.domain.languages import ENGLISH, LANGUAGES
from tracker.domain.outgoing import UnfitWords
from tracker.domain.texts import TO_PATIENTS

FOLDER = Path(__file__).parents[2] / "templates" / "messages"
TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def environment(folder: Path) -> Environment:
    """The templates of a folder; a misspelt fact is a fault, not an empty place."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,  # they come with the program: a new one begins anew
        trim_blocks=True,
        lstrip_blocks=True,
    )


def place(template: str, language: str, part: str) -> str:
    """Where a part of a message lies within the folder of all."""
    within = template if language == ENGLISH else f"{template}/{language}"
    return f"{within}/{part}.txt"


@lru_cache(maxsize=8)
def shipped(folder: Path) -> dict[str, frozenset[str]]:
    """The languages of each message in the folder. UnfitWords if one says too much."""
    found = {}
    for one in sorted(path for path in folder.iterdir() if path.is_dir()):
        others = {path.name for path in one.iterdir() if path.is_dir()} & LANGUAGES.keys()
        found[one.name] = frozenset({ENGLISH, *others})
        for language in found[one.name]:
            _check(folder, one.name, language)
    return found


@lru_cache(maxsize=256)
def source(folder: Path, template: str, language: str, part: str) -> str:
    """What stands in the template itself, its blanks left out."""
    text = (folder / place(template, language, part)).read_text(encoding="utf-8")
    return TAG.sub(" ", text)


def _check(folder: Path, template: str, language: str) -> None:
    for part in ("subject", "body", "sms"):
        text = source(folder, template, language, part)
        if wrong := lint(text, to_patient=template in TO_PATIENTS, part=part):
            raise UnfitWords(f"{place(template, language, part)}: {' '.join(wrong)}")
