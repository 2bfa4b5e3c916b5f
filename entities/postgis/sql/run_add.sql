INSERT INTO runs (fingerprint, start) VALUES ($1, $2) RETURNING id
