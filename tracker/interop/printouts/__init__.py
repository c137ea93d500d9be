"""Pages for paper: they are read when this system can't be."""

from tracker.interop.printouts.emergency_page import emergency_page
from tracker.interop.printouts.emergency_pdf import emergency_pdf

__all__ = ["emergency_page", "emergency_pdf"]
