SELECT rev FROM batches WHERE key = ?1
