UPDATE code_states SET rev_to = ?2 WHERE id = ?1
