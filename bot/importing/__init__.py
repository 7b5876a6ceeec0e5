"""Records a clinic brings along, from CSV text: checked line by line, then all of them written or none."""

from bot.importing.appointments import import_appointments
from bot.importing.patients import import_patients
from bot.importing.report import ImportReport, Problem

__all__ = ["ImportReport", "Problem", "import_appointments", "import_patients"]
