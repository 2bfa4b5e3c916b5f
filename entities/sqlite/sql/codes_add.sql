INSERT INTO codes (code, rev) SELECT value, ?2 FROM json_each(?1)
