INSERT INTO links (id, from_code, to_code, valid_from, valid_to, rev_from, rev_to, role, share_num, share_den, level, confidence, source, method)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 9223372036854775807, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
