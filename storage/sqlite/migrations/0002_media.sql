-- What an upload holds counts while it is open: the bytes announced, or those that came while the length is deferred.
-- It is null once the upload ended.
CREATE TABLE uploads (
	id BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	size INTEGER NOT NULL,
	offset INTEGER NOT NULL,
	held INTEGER,
	restarts INTEGER NOT NULL,
	partial INTEGER NOT NULL,
	person BLOB,
	device BLOB,
	record BLOB,
	blob BLOB,
	lane TEXT NOT NULL,
	state TEXT NOT NULL,
	code TEXT NOT NULL,
	hash BLOB,
	parts BLOB,
	remote TEXT NOT NULL,
	metadata TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_record ON uploads (record, person, lane, created, id) WHERE record IS NOT NULL;

-- What open uploads hold, by person and, under the empty one, of all together: every creation asks. An upload of nobody
-- is under x'00'.
CREATE TABLE uploads_held (
	person BLOB PRIMARY KEY,
	count INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER uploads_insert AFTER INSERT ON uploads WHEN new.held IS NOT NULL BEGIN
	INSERT INTO uploads_held VALUES (x'', 1, new.held), (ifnull(new.person, x'00'), 1, new.held)
	ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER uploads_update AFTER UPDATE ON uploads WHEN old.held IS NOT new.held OR old.person IS NOT new.person BEGIN
	UPDATE uploads_held SET count = count - 1, bytes = bytes - old.held
	WHERE old.held IS NOT NULL AND person IN (x'', ifnull(old.person, x'00'));
	INSERT INTO uploads_held SELECT column1, 1, new.held FROM (VALUES (x''), (ifnull(new.person, x'00')))
	WHERE new.held IS NOT NULL
	ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER uploads_delete AFTER DELETE ON uploads WHEN old.held IS NOT NULL BEGIN
	UPDATE uploads_held SET count = count - 1, bytes = bytes - old.held WHERE person IN (x'', ifnull(old.person, x'00'));
END;

CREATE TABLE media (
	id BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	due INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	size INTEGER NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	duration INTEGER NOT NULL,
	person BLOB,
	served BLOB,
	thumbnail BLOB,
	display BLOB,
	state TEXT NOT NULL,
	code TEXT NOT NULL,
	type TEXT NOT NULL,
	thumbhash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX media_due ON media (due, id) WHERE due > 0 AND state IN ('arriving', 'waiting');
CREATE INDEX media_served ON media (served) WHERE served IS NOT NULL;
CREATE INDEX media_thumbnail ON media (thumbnail) WHERE thumbnail IS NOT NULL;
CREATE INDEX media_display ON media (display) WHERE display IS NOT NULL;

-- The bytes of the files that each person sent first.
CREATE TABLE media_used (
	person BLOB PRIMARY KEY,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER media_insert AFTER INSERT ON media BEGIN
	INSERT INTO media_used VALUES (ifnull(new.person, x'00'), new.size)
	ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER media_update AFTER UPDATE ON media WHEN old.size <> new.size OR old.person IS NOT new.person BEGIN
	UPDATE media_used SET bytes = bytes - old.size WHERE person = ifnull(old.person, x'00');
	INSERT INTO media_used VALUES (ifnull(new.person, x'00'), new.size)
	ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER media_delete AFTER DELETE ON media BEGIN
	UPDATE media_used SET bytes = bytes - old.size WHERE person = ifnull(old.person, x'00');
END;

CREATE TABLE media_links (
	blob BLOB NOT NULL,
	record BLOB NOT NULL,
	lane TEXT NOT NULL,
	at INTEGER NOT NULL,
	person BLOB,
	PRIMARY KEY (blob, record, lane)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_links_record ON media_links (record, lane, blob);

CREATE TABLE media_facts (
	blob BLOB PRIMARY KEY,
	taken INTEGER NOT NULL,
	zoned INTEGER NOT NULL,
	has_position INTEGER NOT NULL,
	lat REAL NOT NULL,
	lon REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Nothing is ever removed, so that the numbers have no gaps.
CREATE TABLE audits (
	number INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	person BLOB,
	device BLOB,
	grant_id BLOB,
	unit BLOB,
	record BLOB,
	act TEXT NOT NULL,
	detail TEXT NOT NULL
) STRICT;

CREATE INDEX audits_record ON audits (record, number) WHERE record IS NOT NULL;
