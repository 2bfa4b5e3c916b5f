-- Open states of the codes in the JSON array ?1.
SELECT s.id, s.code, s.state, s.reason, s.same_as, s.rev_from, s.rev_to
FROM json_each(?1) AS j CROSS JOIN code_states AS s ON s.code = j.value
WHERE s.rev_to = 9223372036854775807
