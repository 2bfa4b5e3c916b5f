SELECT code FROM codes WHERE code > ?1 ORDER BY code LIMIT ?2
