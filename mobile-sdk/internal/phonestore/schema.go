package phonestore

// migrations lead from an empty file to the newest schema, one step a release. They only go forward: a released step
// never changes, and a store from a newer app is refused (store_newer).
var migrations = []string{
	`
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), doc BLOB NOT NULL);
CREATE TABLE scopes (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL DEFAULT 0,
  count INTEGER NOT NULL DEFAULT 0, sum BLOB NOT NULL, stale INTEGER NOT NULL DEFAULT 0,
  repair INTEGER NOT NULL DEFAULT 0, leaves TEXT NOT NULL DEFAULT '', failures INTEGER NOT NULL DEFAULT 0);
CREATE TABLE records (
  row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL,
  parent BLOB, revision INTEGER NOT NULL, epoch INTEGER NOT NULL, deleted INTEGER NOT NULL, hash BLOB NOT NULL,
  places BLOB NOT NULL, wire BLOB NOT NULL);
CREATE INDEX records_by_kind ON records (kind, at);
CREATE INDEX records_by_parent ON records (parent) WHERE parent IS NOT NULL;
CREATE TABLE views (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, parent BLOB,
  deleted INTEGER NOT NULL, wire BLOB NOT NULL, writers BLOB NOT NULL);
CREATE INDEX views_by_kind ON views (kind, at);
CREATE INDEX views_by_parent ON views (parent) WHERE parent IS NOT NULL;
CREATE TABLE mutations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, n INTEGER NOT NULL, record BLOB, kind TEXT NOT NULL,
  judged INTEGER NOT NULL DEFAULT 0, wire BLOB NOT NULL, base BLOB, epoch TEXT NOT NULL, captured INTEGER NOT NULL,
  origin_device BLOB, origin_n INTEGER, quarantined INTEGER NOT NULL DEFAULT 0, exported INTEGER NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 0, conflict TEXT NOT NULL DEFAULT '', judged_at INTEGER NOT NULL DEFAULT 0,
  judged_epoch TEXT NOT NULL DEFAULT '', settled INTEGER NOT NULL DEFAULT 0, tray INTEGER NOT NULL DEFAULT 0,
  UNIQUE (device, n));
CREATE INDEX mutations_by_record ON mutations (record, seq) WHERE record IS NOT NULL;
CREATE INDEX mutations_waiting ON mutations (n) WHERE judged = 0;
CREATE INDEX mutations_unsettled ON mutations (record) WHERE judged = 1 AND settled = 0;
CREATE INDEX mutations_tray ON mutations (seq) WHERE tray = 1;
CREATE INDEX mutations_origin ON mutations (origin_device, origin_n) WHERE origin_device IS NOT NULL;
CREATE TABLE counters (
  one INTEGER PRIMARY KEY CHECK (one = 1), unsent INTEGER NOT NULL, quarantined INTEGER NOT NULL, rejected INTEGER NOT NULL,
  unexported INTEGER NOT NULL);
INSERT INTO counters VALUES (1, 0, 0, 0, 0);
CREATE TRIGGER mutation_added AFTER INSERT ON mutations WHEN NEW.record IS NOT NULL BEGIN
  UPDATE counters SET unsent = unsent + (NEW.judged = 0), quarantined = quarantined + (NEW.judged = 0 AND NEW.quarantined),
    rejected = rejected + NEW.tray, unexported = unexported + ((NEW.judged = 0 OR NEW.tray) AND NOT NEW.exported);
END;
CREATE TRIGGER mutation_gone AFTER DELETE ON mutations WHEN OLD.record IS NOT NULL BEGIN
  UPDATE counters SET unsent = unsent - (OLD.judged = 0), quarantined = quarantined - (OLD.judged = 0 AND OLD.quarantined),
    rejected = rejected - OLD.tray, unexported = unexported - ((OLD.judged = 0 OR OLD.tray) AND NOT OLD.exported);
END;
CREATE TRIGGER mutation_moved AFTER UPDATE OF judged, quarantined, tray, exported ON mutations WHEN NEW.record IS NOT NULL BEGIN
  UPDATE counters SET unsent = unsent + (NEW.judged = 0) - (OLD.judged = 0),
    quarantined = quarantined + (NEW.judged = 0 AND NEW.quarantined) - (OLD.judged = 0 AND OLD.quarantined),
    rejected = rejected + NEW.tray - OLD.tray,
    unexported = unexported + ((NEW.judged = 0 OR NEW.tray) AND NOT NEW.exported) - ((OLD.judged = 0 OR OLD.tray) AND NOT OLD.exported);
END;
CREATE TABLE incoming (i INTEGER PRIMARY KEY, line BLOB NOT NULL);
`,
	// Files of photos: what waits to be sent, whose small copies are still to be made, what was fetched, and the bytes
	// that all this cost.
	`
CREATE TABLE media (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, lane INTEGER NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL,
  own INTEGER NOT NULL, doc BLOB NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', upload BLOB, sent INTEGER NOT NULL DEFAULT 0,
  anyway INTEGER NOT NULL DEFAULT 0, paused INTEGER NOT NULL DEFAULT 0, doubt INTEGER NOT NULL DEFAULT 0,
  UNIQUE (record, lane, hash));
CREATE INDEX media_open ON media (lane, seq) WHERE state NOT IN ('stored', 'freed') OR doubt = 1;
CREATE TABLE copies (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, hash BLOB NOT NULL, poster BLOB NOT NULL,
  held INTEGER NOT NULL DEFAULT 1, tries INTEGER NOT NULL DEFAULT 0, UNIQUE (record, hash));
CREATE TABLE fetched (
  record BLOB NOT NULL, lane INTEGER NOT NULL, tag TEXT NOT NULL, of TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL,
  name TEXT NOT NULL, whole INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL, PRIMARY KEY (record, lane));
CREATE INDEX fetched_used ON fetched (used);
CREATE TABLE meter (
  day TEXT NOT NULL, network TEXT NOT NULL, lane TEXT NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL,
  PRIMARY KEY (day, network, lane));
`,
	// Identities of pushes that were shown.
	`
CREATE TABLE rung (seq INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE);
`,
}
