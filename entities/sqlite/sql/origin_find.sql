SELECT id FROM origins WHERE source = ?1 AND collected = ?2 AND document = ?3
