"""The line under a letter to a patient by which e-mails end.

It joins the letter on its way out: the link acts for whoever has it, so it stands neither in
the words that are kept nor on a page that staff read.
"""

from html import escape

from tracker.domain.languages import ENGLISH
from tracker.domain.outgoing import Words

SENTENCES = {
    "en": "If you would rather not have these e-mails, you can stop them here:",
    "de": "Wenn Sie diese E-Mails nicht mehr möchten, können Sie sie hier beenden:",
    "es": "Si prefiere no recibir estos correos, puede dejar de recibirlos aquí:",
    "fr": "Si vous préférez ne plus recevoir ces e-mails, vous pouvez les arrêter ici :",
}
END = "</body>"


def with_way_out(words: Words) -> tuple[str, str]:
    """The letter as text and as HTML, each with the way to end these e-mails if it has one."""
    link = words.unsubscribe
    if not link:
        return words.body, words.html
    language = words.language if words.language in SENTENCES else ENGLISH
    sentence = SENTENCES[language]
    body = f"{words.body.rstrip()}\n\n-- \n{sentence}\n{link}\n"
    line = (
        f'<hr>\n<p lang="{language}"><small>{escape(sentence)} '
        f'<a href="{escape(link)}">{escape(link)}</a></small></p>\n'
    )
    letter, end, rest = words.html.rpartition(END)
    html = letter + line + end + rest if end else words.html + line
    return body, html
