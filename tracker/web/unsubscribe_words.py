"""What the page says on which somebody ends our e-mails, in the patient's language.

Whoever opens it may not be who the e-mail was for: it names the clinic and nothing else.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language; `about`, `after` and `hint` have the blanks clinic and phone."""

    ask: str
    about: str
    button: str
    hint: str
    done: str
    after: str


WORDS = {
    "en": Words(
        "Stop these e-mails?",
        "{clinic} writes to this address about the next visit. If you stop the e-mails, "
        "somebody from the clinic will get in touch to agree another way. The visits go on as "
        "before.",
        "Stop these e-mails",
        "Nothing changes until you press the button. You can also telephone {phone}.",
        "No more e-mails to this address",
        "{clinic} will not write to this address again. Somebody from the clinic will get in "
        "touch to agree another way. The visits go on as before. For any question, or to have "
        "the e-mails again, please telephone {phone}.",
    ),
    "de": Words(
        "Diese E-Mails beenden?",
        "{clinic} schreibt an diese Adresse wegen des nächsten Besuchs. Wenn Sie die E-Mails "
        "beenden, meldet sich jemand von uns, um einen anderen Weg zu vereinbaren. Die Besuche "
        "gehen weiter wie bisher.",
        "E-Mails beenden",
        "Erst wenn Sie den Knopf drücken, ändert sich etwas. Sie können auch {phone} anrufen.",
        "Keine E-Mails mehr an diese Adresse",
        "{clinic} schreibt nicht mehr an diese Adresse. Jemand von uns meldet sich, um einen "
        "anderen Weg zu vereinbaren. Die Besuche gehen weiter wie bisher. Bei Fragen, oder "
        "wenn Sie die E-Mails wieder möchten, rufen Sie bitte {phone} an.",
    ),
    "es": Words(
        "¿Dejar de recibir estos correos?",
        "{clinic} escribe a esta dirección sobre la próxima visita. Si deja de recibir los "
        "correos, alguien de la clínica se pondrá en contacto para acordar otra forma. Las "
        "visitas siguen como hasta ahora.",
        "No recibir más correos",
        "Nada cambia hasta que pulse el botón. También puede llamar al {phone}.",
        "No habrá más correos a esta dirección",
        "{clinic} no volverá a escribir a esta dirección. Alguien de la clínica se pondrá en "
        "contacto para acordar otra forma. Las visitas siguen como hasta ahora. Para cualquier "
        "pregunta, o para volver a recibir los correos, llame al {phone}.",
    ),
    "fr": Words(
        "Ne plus recevoir ces e-mails ?",
        "{clinic} écrit à cette adresse au sujet de la prochaine visite. Si vous arrêtez ces "
        "e-mails, quelqu'un de chez nous prendra contact pour convenir d'un autre moyen. Les "
        "visites continuent comme avant.",
        "Ne plus recevoir ces e-mails",
        "Rien ne change avant que vous n'appuyiez sur le bouton. Vous pouvez aussi appeler le "
        "{phone}.",
        "Plus d'e-mails à cette adresse",
        "{clinic} n'écrira plus à cette adresse. Quelqu'un de chez nous prendra contact pour "
        "convenir d'un autre moyen. Les visites continuent comme avant. Pour toute question, "
        "ou pour recevoir à nouveau les e-mails, appelez le {phone}.",
    ),
}


def words_in(languages: tuple[str, ...]) -> tuple[str, Words]:
    """The first of the languages for which there are words, and the words."""
    return next((one, WORDS[one]) for one in languages if one in WORDS)
