"""What crosses between the parts of Tenfold, written once: the schema, the names and the wire."""
