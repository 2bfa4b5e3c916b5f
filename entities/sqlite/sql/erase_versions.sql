DELETE FROM versions WHERE code = ?1
