INSERT INTO code_states (id, code, state, reason, same_as, rev_from, rev_to)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 9223372036854775807)
