"""Reply keys to words: the catalogue, the formats of a language, and the disclosure gate. Babel lives only here."""
