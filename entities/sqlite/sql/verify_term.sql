SELECT EXISTS (SELECT 1 FROM search_terms WHERE term = ?1 AND kind = ?2 AND version = ?3)
