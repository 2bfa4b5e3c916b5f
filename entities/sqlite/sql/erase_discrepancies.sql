DELETE FROM discrepancies WHERE code = ?1
