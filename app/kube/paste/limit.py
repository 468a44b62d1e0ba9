"""How much is read at once, and what counts as white space."""

SIZE_LIMIT = 64 << 20
"""Bytes of one text; over the network a form takes far less."""

OBJECT_LIMIT = 10_000
"""Documents, and objects after lists are unfolded."""

DEPTH_LIMIT = 64
"""Mappings and lists inside each other; the deepest fields of a Pod are about 15 deep."""

WHITESPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go's strings.TrimSpace trims."""
