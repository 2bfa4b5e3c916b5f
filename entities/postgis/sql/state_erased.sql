-- Whether code $1 was ever erased.
SELECT EXISTS (SELECT 1 FROM code_states WHERE code = $1 AND state = 4)
