SELECT west, south, east, north, kind_low, kind_high FROM versions_box WHERE id = ?1
