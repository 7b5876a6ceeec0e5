"""The ways to reach a patient, each in a package of its own that knows no other."""
