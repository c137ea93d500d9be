"""Pages for paper: they are read when this system can't be."""

from tracker.interop.printouts.day_list_pdf import day_list_pdf
from tracker.interop.printouts.emergency_page import emergency_page
from tracker.interop.printouts.emergency_pdf import emergency_pdf
from tracker.interop.printouts.incident_pdf import incident_pdf

__all__ = ["day_list_pdf", "emergency_page", "emergency_pdf", "incident_pdf"]
