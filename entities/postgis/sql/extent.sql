-- How many codes from $1 to $2 revision $3 knows, and when and where they are.
SELECT count(DISTINCT code), min(valid_from), max(valid_to),
       min(st_xmin(shape)), min(st_ymin(shape)), max(st_xmax(shape)), max(st_ymax(shape))
FROM versions
WHERE code >= $1 AND code <= $2 AND rev_from <= $3 AND rev_to > $3
