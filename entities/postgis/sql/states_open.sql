-- Open states of the codes $1.
SELECT id, code, state, reason, same_as, rev_from, rev_to
FROM code_states
WHERE code = ANY($1::bigint[]) AND rev_to = 9223372036854775807
