DELETE FROM aliases WHERE code = ?1
