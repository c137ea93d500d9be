"""What the invented patients have implanted, and where their dates stand beside today."""

from dataclasses import dataclass

# code of the drug, concentration in mcg/mL
Drugs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Therapy:
    """A pump and how it runs; volumes in mL, dose in mcg a day of the first drug."""

    model: str
    capacity_ml: str
    drugs: Drugs
    dose: str | None
    purpose: str = "spasticity"
    alarm_ml: str = "2"
    fixed_flow: str | None = None
    pharmacist_limit: str | None = None
    patient_bolus: tuple[str, int] | None = None  # dose in mcg, most a day


BACLOFEN_40 = Therapy("synchromed_ii_40", "40", (("baclofen", "2000"),), "430")
BACLOFEN_20 = Therapy("synchromed_ii_20", "20", (("baclofen", "2000"),), "285")
BACLOFEN_WEAK = Therapy("synchromed_ii_20", "20", (("baclofen", "500"),), "120")
BACLOFEN_III = Therapy("synchromed_iii_40", "40", (("baclofen", "2000"),), "512.5")
BACLOFEN_EARLY = Therapy("synchromed_ii_40", "40", (("baclofen", "2000"),), "610", alarm_ml="4")
MORPHINE = Therapy("synchromed_ii_40", "40", (("morphine", "20000"),), "6800", "pain")
MORPHINE_PTM = Therapy(
    "synchromed_ii_40", "40", (("morphine", "20000"),), "4000", "pain", patient_bolus=("200", 6)
)
MIXTURE = Therapy(
    "synchromed_ii_40",
    "40",
    (("morphine", "20000"), ("bupivacaine", "10000"), ("clonidine", "150")),
    "5600",
    "pain",
)
HYDROMORPHONE = Therapy(
    "prometra_ii_20", "20", (("hydromorphone", "5000"),), "1450", "pain", "3"
)
ZICONOTIDE = Therapy("synchromed_ii_20", "20", (("ziconotide", "25"),), "2.4", "pain")
FIXED_FLOW = Therapy(
    "codman_3000_30", "30", (("morphine", "2500"),), None, "pain", "0", fixed_flow="0.5"
)

COMMON = (
    BACLOFEN_40,
    BACLOFEN_20,
    BACLOFEN_III,
    MORPHINE,
    BACLOFEN_WEAK,
    BACLOFEN_EARLY,
    MIXTURE,
    HYDROMORPHONE,
    MORPHINE_PTM,
    FIXED_FLOW,
)

# refill-by, in days from today; the first of each clinic are late
DAYS_LEFT = (
    -9, -4, -1, -2, 0, 1, 2, 3, 4, 5, 6, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 20, 22, 23,
    25, 26, 29, 31, 33, 36, 38, 41, 44, 47, 50, 53, 55, 58, 61, 64, 66, 69, 70, 72,
)  # fmt: skip
