-- A row begins at a revision that is there and ends after it, at one that is there
-- or not at all. The head is asked for within the
-- statement, for it may have moved since it was read.
SELECT code, text FROM (
  SELECT code AS code, 'version ' || id || ' is known from revision ' || rev_from || ' to ' || rev_to AS text FROM versions
  WHERE rev_from < 1 OR rev_from >= rev_to OR rev_from > (SELECT coalesce(max(rev), 0) FROM revisions)
     OR (rev_to < 9223372036854775807 AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions))
  UNION ALL
  SELECT code AS code, 'alias ' || id || ' is known from revision ' || rev_from || ' to ' || rev_to AS text FROM aliases
  WHERE rev_from < 1 OR rev_from >= rev_to OR rev_from > (SELECT coalesce(max(rev), 0) FROM revisions)
     OR (rev_to < 9223372036854775807 AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions))
  UNION ALL
  SELECT from_code AS code, 'link ' || id || ' is known from revision ' || rev_from || ' to ' || rev_to AS text FROM links
  WHERE rev_from < 1 OR rev_from >= rev_to OR rev_from > (SELECT coalesce(max(rev), 0) FROM revisions)
     OR (rev_to < 9223372036854775807 AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions))
  UNION ALL
  SELECT code AS code, 'state ' || id || ' is known from revision ' || rev_from || ' to ' || rev_to AS text FROM code_states
  WHERE rev_from < 1 OR rev_from >= rev_to OR rev_from > (SELECT coalesce(max(rev), 0) FROM revisions)
     OR (rev_to < 9223372036854775807 AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions))
  UNION ALL
  SELECT code, 'the code was given at revision ' || rev FROM codes
  WHERE rev < 1 OR rev > (SELECT coalesce(max(rev), 0) FROM revisions)
)
WHERE ?1 >= 0
LIMIT ?2
