-- States of code $1 that revision $2 knew.
SELECT id, code, state, reason, same_as, rev_from, rev_to
FROM code_states
WHERE code = $1 AND rev_from <= $2 AND rev_to > $2
