INSERT INTO revisions (rev, time, batch, source, note, acts, created, updated, unchanged, minted, refused,
  west, south, east, north, kinds, erased)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
