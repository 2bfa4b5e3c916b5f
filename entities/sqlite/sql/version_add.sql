INSERT INTO versions (id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class, attrs, shape, vertical_crs, repair, origins)
VALUES (?1, ?2, ?3, ?4, ?5, 9223372036854775807, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
