-- Whether revision $2 knows a version of code $1 without end.
SELECT EXISTS (
  SELECT 1 FROM versions
  WHERE code = $1 AND rev_from <= $2 AND rev_to > $2 AND valid_to = 9223372036854775807
)
