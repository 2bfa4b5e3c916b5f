INSERT INTO discrepancies (code, name, valid_from, valid_to, kept, kept_source, other, other_source, rev)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id
