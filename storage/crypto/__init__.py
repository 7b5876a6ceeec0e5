"""Keys, sealed cells, blind indexes and signatures. The only place that imports `cryptography`."""
