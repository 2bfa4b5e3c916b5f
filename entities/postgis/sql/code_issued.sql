-- The revision that gave code $1.
SELECT rev FROM codes WHERE code = $1
