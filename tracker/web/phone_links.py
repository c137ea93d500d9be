"""Telephone numbers within a text that somebody wrote: each is called from where it stands."""

import re

from markupsafe import Markup, escape

# Ours: from seven digits on, with what is usual between them; fewer are a dose or a year.
NUMBER = re.compile(r"(?<![\w.,])(?:\+|\(?0)?[0-9](?:[ ()/.-]{0,2}[0-9]){5,}(?!\w)")
LEAST_DIGITS = 7
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}")


def callable_numbers(text: str) -> Markup:
    """The text, in which each telephone number is a link that calls it."""
    found, last = Markup(), 0
    for one in NUMBER.finditer(text):
        written = one.group()
        abroad = written.replace("(0)", "") if written.startswith("+") else written
        digits = re.sub(r"[^0-9+]", "", abroad)
        if len(digits.lstrip("+")) < LEAST_DIGITS or DAY.fullmatch(written):
            continue
        found += escape(text[last : one.start()])
        found += Markup('<a href="tel:{}">{}</a>').format(digits, written)
        last = one.end()
    return found + escape(text[last:])
