VACUUM (SKIP_LOCKED) versions, aliases, links, refusals, discrepancies
