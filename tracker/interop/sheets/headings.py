"""What a heading may mean, in the words that clinics use, English and German."""
# ruff: noqa: E501  words in the order in which they are tried

import re
import unicodedata

# Each expression is matched against the whole heading, plain: small letters, no brackets with
# units in them, one blank between words.
WORDS = (
    ("ignore", r"(next|nächst\w*) .*|.*\b(appt|appointment|termin)\b.*|confirmed|bestätigt"
               r"|transport|clinic day|consultant|ward|station|nhs (no|number|nr)|ptm|lockout"
               r"|lot|charge|expiry|verfall|by whom|wer|refill due|pump change due|row|nr|no|#"),
    ("full_name", r"(patient(en)?|pt|full|complete)? ?name|patient(in)?|pt|pat"),
    ("family_name", r"(patient(en)? )?(sur|last |family |nach|familien|zu)name|(sur|last)name|last"),
    ("given_name", r"(patient(en)? )?(fore|first |given |vor|christian )name|first|firstname"),
    ("mrn", r"mrn|mr ?(no|nr|number|#)|medical record( (no|nr|number))?|hospital (no|nr|number|id)"
            r"|fall ?(nr|nummer|no)|patienten?[ -]?(nr|nummer|id|no)|patient (id|no|number)|pid"
            r"|pat[ -]?(nr|id)|chart (no|number)|unit (no|number)"),
    ("birth_date", r"(date of birth|birth ?date|birth ?day|dob|d o b|born|geb|geboren|geburtsdatum"
                   r"|geb[ -]*dat(um)?|geb am|geboren am)"),
    ("phone", r"(tele)?phone( (no|number))?|tel( ?(no|nr))?|mobile|cell|telefon(nummer)?|handy"),
    ("email", r"e ?-?mail( address)?|mail"),
    ("pump_model", r"pump( (model|type|make))?|model|pumpe|pumpen(typ|modell)|device"),
    ("pump_serial", r"(pump )?serial( ?(no|nr|number|#))?|sn|s n|s ?/ ?n|serien ?(nr|nummer)"
                    r"|pump (sn|no)|ser(ial)? ?(no|nr)"),
    ("reservoir_capacity_ml", r"res(ervoir)?( (size|vol|volume|cap|capacity))?|reservoir ?(größe"
                              r"|volumen)|(pump|reservoir) size"),
    ("solution", r"solution|drugs? ?(/|\+|and|&) ?conc\w*|mixture|lösung|mischung"
                 r"|drugs? and strengths?"),
    ("drug", r"drug( name)?|drugs|medication|medicine|medikament|wirkstoff|agent"),
    ("concentration", r"(drug )?conc(entration)?|strength|konz(entration)?|stärke"),
    ("dose", r"(total |current )?(daily|24 ?h(r|rs|our)?) dose|dose( ?(/|per) ?(day|24 ?hr?|d|h|hr"
             r"|hour))?|tagesdosis|dosis( ?/ ?(tag|d))?|(hourly|current) dose"),
    ("refilled_on", r"(last |date of |letzte )?(re)?fill(ed)?( ?(on|date|am|day))|last (re)?fill"
                    r"|refill|date of (last )?(re)?fill|refill_date|letzte (be|nach)?füllung"
                    r"|(nach|be)?füll(ung|datum)|(be|nach)?füllung am|gefüllt am"),
    ("refilled_at", r"(re)?fill(ed)? (at|date ?(/|and|&) ?time)|date ?(/|and|&) ?time( of refill)?"),
    ("volume_after_refill_ml", r"(vol(ume)?|ml|amount) ?(_| )?(in|instilled|filled|put in|after"
                               r"( refill)?)|fill vol(ume)?|refill vol(ume)?|füll ?(vol(umen)?"
                               r"|menge)|vol_in|instilled( vol(ume)?)?"),
    ("residual_expected_ml", r"(exp(ected)?|calc(ulated)?) ?(resid(ual)?|residue|res vol|vol(ume)?"
                             r"( left)?)( vol(ume)?)?|resid(ual)? exp(ected)?|erv"
                             r"|rest ?vol(umen)? erw(artet)?"),
    ("residual_actual_ml", r"(act(ual)?|meas(ured)?|asp(irated)?) ?(resid(ual)?|residue|res vol"
                           r"|vol(ume)?)( vol(ume)?)?|resid(ual)? (act(ual)?|measured)|arv"
                           r"|rest ?vol(umen)? gem(essen)?"),
    ("alarm_volume_ml", r"(low )?(res(ervoir)? )?alarm (vol(ume)?|ml|at)|alarmvolumen"),
    ("low_alarm_date", r"((new|low|lra|low res(ervoir)?|programmer) )*alarm( date)?|lrad"
                       r"|alarm (am|date|on)|alarm ?datum|alarm_date"),
    ("stability_days", r"stability( days)?|drug limit( days)?|haltbarkeit( tage)?"),
    ("eri_months", r"eri( (months|mo))?|months to eri|battery( months)?|eri ?monate"),
    ("status", r"(pump |patient )?status|pumpenstatus"),
    ("notes", r"notes?|comments?|remarks?|bemerkung(en)?|notiz(en)?|kommentar(e)?|anmerkung(en)?"),
)  # fmt: skip
KNOWN = tuple((name, re.compile(pattern)) for name, pattern in WORDS)
LONGEST_HEADING = 200  # letters; ours
IN_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
UNITS_AT_END = re.compile(
    r"[ ,]+(in )?((mcg|µg|μg|ug|mg)( ?(/|per) ?(ml|cc|day|d|24 ?h\w*|h|hr|hour|tag))?|ml|cc"
    r"|mm/dd/yy(yy)?|dd[/.]mm[/.]yy(yy)?|yyyy-mm-dd)$"
)
UNITS_ALONE = re.compile(
    r"(mcg|µg|μg|ug|mg|ml|cc|per|pro|day|tag|24|d|h|hr|months?|days?|dd?|mm?|yy|yyyy|tt|jjjj|[\W_])+"
)
ORDER_WORDS = (
    ("DMY", re.compile(r"(?<!\w)(dd?|tt?)[./ \-](mm?)[./ \-](yy(yy)?|jj(jj)?)(?!\w)")),
    ("MDY", re.compile(r"(?<!\w)(mm?)[./ \-](dd?)[./ \-](yy(yy)?)(?!\w)")),
    ("YMD", re.compile(r"(?<!\w)(yy(yy)?|jj(jj)?)[./ \-](mm?)[./ \-](dd?|tt?)(?!\w)")),
)


def _folded(heading: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", heading).casefold().split())


def _short(heading: str) -> str:
    """The same of what can be a heading; a note of many lines is none, and costs nothing."""
    return _folded(heading) if len(heading) <= LONGEST_HEADING else ""


def proposed(heading: str) -> str | None:
    """The field that a heading names in usual words; None where it names none."""
    plain = UNITS_AT_END.sub("", IN_BRACKETS.sub(" ", _short(heading)))
    plain = " ".join(re.sub(r"[.:?*]", " ", plain).split()).strip(" -_/")
    if not plain:
        return None
    return next((name for name, words in KNOWN if words.fullmatch(plain)), None)


def is_unit(heading: str) -> bool:
    """Whether a heading names nothing but a unit, or the order of a date."""
    return UNITS_ALONE.fullmatch(_short(heading)) is not None


def order_in(heading: str) -> str | None:
    """The order of dates that a heading names, as “DOB (dd/mm/yyyy)” does."""
    plain = _short(heading)
    found = {name for name, words in ORDER_WORDS if words.search(plain)}
    return found.pop() if len(found) == 1 else None


def plain_heading(text: str) -> str:
    """A heading without case, blanks and signs, by which it is found again."""
    return "".join(one for one in _folded(text) if one.isalnum())
