-- The embedded store of Chengma, version 1.
--
-- Two times are on every row: valid_from and valid_to are instants of the city,
-- in microseconds since 1970-01-01T00:00:00Z, and the row holds in
-- [valid_from, valid_to); rev_from and rev_to are revisions, and the row is
-- known to the revisions in [rev_from, rev_to). 9223372036854775807 is "no
-- end" of either, -9223372036854775808 "no beginning" of valid time.
--
-- A row never changes but for rev_to, which is set once. IDs are given in
-- ascending order and never again, so that the rows of a revision are a range
-- of IDs (the *_top columns of revisions).
--
-- A code is kind * 2^48 + serial; code >> 48 is the kind: 1 land, 2 building,
-- 3 housing, 4 right, 5 person, 6 enterprise, 7 event, 8 thing, 9 vehicle,
-- 10 asset, 11 address, 12 district, 13 household.

-- Published batches, in order, without gap.
CREATE TABLE revisions (
  rev          INTEGER PRIMARY KEY,
  time         INTEGER NOT NULL,   -- when it was published, microseconds
  batch        TEXT    NOT NULL,   -- key of the batch
  source       TEXT    NOT NULL,
  note         TEXT    NOT NULL,
  kinds        TEXT    NOT NULL,   -- JSON array of kind numbers that it touched
  acts         INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  updated      INTEGER NOT NULL,
  unchanged    INTEGER NOT NULL,
  minted       INTEGER NOT NULL,
  refused      INTEGER NOT NULL,   -- records that were refused beside it
  west REAL, south REAL, east REAL, north REAL, -- of geometry that came or went
  erased       TEXT    NOT NULL,   -- JSON array of codes whose values are gone
  versions_top INTEGER NOT NULL,   -- highest ID given in versions up to here
  aliases_top  INTEGER NOT NULL,
  links_top    INTEGER NOT NULL,
  states_top   INTEGER NOT NULL
);

-- Every batch key that was ever seen, also of batches that said nothing new.
CREATE TABLE batches (
  key TEXT PRIMARY KEY,
  rev INTEGER NOT NULL,            -- published as, or the head where it said nothing new
  refused INTEGER NOT NULL         -- rows of refusals that came with it and were not erased
) WITHOUT ROWID;

-- Every code that was ever given.
CREATE TABLE codes (
  code INTEGER PRIMARY KEY,
  rev  INTEGER NOT NULL            -- that gave it
);

-- Where the sequence of each kind stands. Persons and households get a keyed
-- permutation of the sequence as their serial.
CREATE TABLE serials (
  kind INTEGER PRIMARY KEY,
  next INTEGER NOT NULL
);

-- Where values come from, each once.
CREATE TABLE origins (
  id        INTEGER PRIMARY KEY,
  source    TEXT    NOT NULL,
  collected INTEGER NOT NULL,
  document  TEXT    NOT NULL,
  UNIQUE (source, collected, document)
);

-- Versions of things. Those of one code that one revision knows are disjoint in
-- valid time.
CREATE TABLE versions (
  id           INTEGER PRIMARY KEY,
  code         INTEGER NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER NOT NULL,
  rev_from     INTEGER NOT NULL,
  rev_to       INTEGER NOT NULL,
  cause        INTEGER NOT NULL,   -- 0 change, 1 correction, 2 end, 3 split, 4 merge, 5 same-as, 6 erasure, 7 revert
  origin       INTEGER NOT NULL,   -- of all values but those in origins
  class        TEXT    NOT NULL,
  attrs        TEXT    NOT NULL,   -- JSON object, names sorted
  shape        BLOB,               -- ISO WKB, lon/lat; NULL: none
  vertical_crs TEXT,               -- of Z
  repair       TEXT,               -- how the shape was mended
  origins      TEXT                -- JSON object: attribute -> id in origins
);
CREATE UNIQUE INDEX versions_by_code ON versions (code, valid_from, rev_from);
CREATE INDEX versions_closed ON versions (rev_to) WHERE rev_to < 9223372036854775807;

-- Envelopes of the shapes of versions. The third dimension is the kind, from k to
-- k + 0.5: a search in one kind is one search, and boxes have a volume.
CREATE VIRTUAL TABLE versions_box USING rtree (id, west, east, south, north, kind_low, kind_high);

-- Other codes of things.
CREATE TABLE aliases (
  id         INTEGER PRIMARY KEY,
  code       INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL,
  rev_from   INTEGER NOT NULL,
  rev_to     INTEGER NOT NULL,
  scheme     TEXT    NOT NULL,
  value      TEXT    NOT NULL,     -- a keyed hash in sensitive schemes
  mask       TEXT    NOT NULL,     -- how such a value may be shown
  source     TEXT    NOT NULL
);
CREATE INDEX aliases_by_key ON aliases (scheme, value);
CREATE INDEX aliases_by_code ON aliases (code, scheme, value, valid_from);
CREATE INDEX aliases_closed ON aliases (rev_to) WHERE rev_to < 9223372036854775807;

-- Links between things.
CREATE TABLE links (
  id         INTEGER PRIMARY KEY,
  from_code  INTEGER NOT NULL,
  to_code    INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to   INTEGER NOT NULL,
  rev_from   INTEGER NOT NULL,
  rev_to     INTEGER NOT NULL,
  role       TEXT    NOT NULL,
  share_num  INTEGER NOT NULL,     -- 0/0: does not apply
  share_den  INTEGER NOT NULL,
  level      INTEGER NOT NULL,
  confidence REAL    NOT NULL,
  source     TEXT    NOT NULL,
  method     TEXT    NOT NULL
);
CREATE INDEX links_by_from ON links (from_code, role, to_code, valid_from);
CREATE INDEX links_by_to ON links (to_code, role, from_code, valid_from);
CREATE INDEX links_closed ON links (rev_to) WHERE rev_to < 9223372036854775807;

-- The life of codes as such. A code that is active has no row.
CREATE TABLE code_states (
  id       INTEGER PRIMARY KEY,
  code     INTEGER NOT NULL,
  state    INTEGER NOT NULL,       -- 0 reserved, 1 active, 2 frozen, 3 retired, 4 erased
  reason   TEXT    NOT NULL,
  same_as  INTEGER NOT NULL,       -- 0: none
  rev_from INTEGER NOT NULL,
  rev_to   INTEGER NOT NULL
);
CREATE INDEX code_states_by_code ON code_states (code);

-- Words of versions: pairs of neighbouring characters.
CREATE TABLE search_terms (
  term    TEXT    NOT NULL,
  kind    INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (term, kind, version)
) WITHOUT ROWID;

-- Records that ingest did not apply, or not wholly.
CREATE TABLE refusals (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  batch   TEXT    NOT NULL,        -- that it stood beside
  rev     INTEGER NOT NULL,        -- of the batch, or the head where that said nothing new
  run     INTEGER NOT NULL,
  source  TEXT    NOT NULL,
  file    TEXT    NOT NULL,
  line    INTEGER NOT NULL,
  key     TEXT    NOT NULL,
  rule    TEXT    NOT NULL,
  field   TEXT    NOT NULL,
  value   TEXT    NOT NULL,
  zh      TEXT    NOT NULL,
  en      TEXT    NOT NULL,
  record  BLOB,
  partial INTEGER NOT NULL,
  settled INTEGER NOT NULL         -- 0: open; else the head when it was loaded after all
);
CREATE INDEX refusals_by_key ON refusals (source, key);
CREATE INDEX refusals_by_batch ON refusals (batch);

-- What a source says against the one that answers for an attribute.
CREATE TABLE discrepancies (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  rev          INTEGER NOT NULL,
  code         INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_to     INTEGER NOT NULL,
  kept         TEXT    NOT NULL,   -- JSON
  kept_source  TEXT    NOT NULL,
  other        TEXT    NOT NULL,   -- JSON
  other_source TEXT    NOT NULL
);
CREATE INDEX discrepancies_by_code ON discrepancies (code);

-- Ingest runs.
CREATE TABLE runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint TEXT    NOT NULL,
  start       INTEGER NOT NULL,
  finished    INTEGER,             -- NULL: not yet
  summary     TEXT
);
CREATE UNIQUE INDEX runs_open ON runs (fingerprint) WHERE finished IS NULL;

-- Random keys of the store.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL              -- 32 bytes
) WITHOUT ROWID;
