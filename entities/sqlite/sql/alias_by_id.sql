-- The alias with ID ?1.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, scheme, value, mask, source
FROM aliases
WHERE id = ?1
