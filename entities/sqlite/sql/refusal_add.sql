INSERT INTO refusals (run, source, file, line, key, rule, field, value, zh, en, record, partial, rev, batch, settled)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)
