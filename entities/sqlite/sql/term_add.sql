INSERT OR IGNORE INTO search_terms (term, kind, version) VALUES (?1, ?2, ?3)
