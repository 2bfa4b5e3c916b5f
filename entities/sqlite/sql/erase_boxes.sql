DELETE FROM versions_box WHERE id IN (SELECT id FROM versions WHERE code = ?1)
