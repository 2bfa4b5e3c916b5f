UPDATE versions SET rev_to = ?2 WHERE id = ?1
