SELECT source, collected, document FROM origins WHERE id = ?1
