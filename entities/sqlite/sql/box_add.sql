INSERT INTO versions_box (id, west, east, south, north, kind_low, kind_high) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
