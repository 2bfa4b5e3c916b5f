INSERT INTO origins (source, collected, document) VALUES (?1, ?2, ?3) RETURNING id
