-- Codes (from_code) of links that came or went behind revision $1 and up to revision
-- $2, in order, $3 at the most.
SELECT from_code FROM links WHERE rev_from > $1 AND rev_from <= $2
UNION
SELECT from_code FROM links WHERE rev_to > $1 AND rev_to <= $2 AND rev_to < 9223372036854775807
ORDER BY 1
LIMIT $3
