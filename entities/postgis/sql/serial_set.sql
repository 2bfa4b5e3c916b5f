INSERT INTO serials (kind, next) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET next = excluded.next
