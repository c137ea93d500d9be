"""A browser in words, from what it says of itself."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
MACHINES = (
    ("iPad", "an iPad"),
    ("iPhone", "an iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


def browser_words(agent: str) -> str:
    """Such as "Firefox on Windows": a claim that anybody may make, good to remember by."""
    browser = next((word for sign, word in BROWSERS if sign in agent), "A browser")
    machine = next((word for sign, word in MACHINES if sign in agent), "")
    return f"{browser} on {machine}" if machine else browser
