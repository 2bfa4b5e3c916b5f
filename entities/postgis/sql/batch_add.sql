INSERT INTO batches (key, rev, refused) VALUES ($1, $2, $3)
