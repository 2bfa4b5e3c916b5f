-- The link with ID ?1.
SELECT id, from_code, to_code, valid_from, valid_to, rev_from, rev_to,
       role, share_num, share_den, level, confidence, source, method
FROM links
WHERE id = ?1
