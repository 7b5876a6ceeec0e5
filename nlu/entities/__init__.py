"""Values in a message: names the clinic owns, contacts, readings, counts, people. Always read from the raw text."""
