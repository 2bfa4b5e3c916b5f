-- Things (to_code) of links whose from_code is $1, at an instant of [$3, $4), in role
-- $2 or, where that is empty, any, as revision $5 knows it. In order of code.
SELECT DISTINCT to_code
FROM links
WHERE from_code = $1 AND ($2 = '' OR role = $2) AND valid_from < $4 AND valid_to > $3
  AND rev_from <= $5 AND rev_to > $5
ORDER BY to_code
