SELECT id, start FROM runs WHERE fingerprint = $1 AND finished IS NULL
