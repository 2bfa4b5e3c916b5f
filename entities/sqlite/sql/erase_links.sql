DELETE FROM links WHERE from_code = ?1 OR to_code = ?1
