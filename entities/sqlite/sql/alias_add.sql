INSERT INTO aliases (id, code, valid_from, valid_to, rev_from, rev_to, scheme, value, mask, source)
VALUES (?1, ?2, ?3, ?4, ?5, 9223372036854775807, ?6, ?7, ?8, ?9)
