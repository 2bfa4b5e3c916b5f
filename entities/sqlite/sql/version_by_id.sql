-- The version with ID ?1.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE id = ?1
