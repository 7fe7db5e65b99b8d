-- Small columns first: a wide value at the end costs nothing when the others are read.

CREATE TABLE meta (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	epoch BLOB NOT NULL,
	secret BLOB NOT NULL,
	access INTEGER NOT NULL
) STRICT;

-- Places is the list of (scope, sequence, live) of the record. Body is the full wire form of a tombstone, whose own
-- wire form omits the fields.
CREATE TABLE records (
	rid INTEGER PRIMARY KEY,
	id BLOB NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	deleted INTEGER NOT NULL,
	hash BLOB NOT NULL,
	parent BLOB,
	places BLOB,
	writers BLOB,
	body BLOB,
	wire BLOB NOT NULL
) STRICT;

CREATE INDEX records_parent ON records (parent, id) WHERE parent IS NOT NULL;

-- Superseded revisions; the current one is in records. They are appended: an edit of an old record touches one page of
-- the small index and not one of the wide table.
CREATE TABLE revisions (
	rid INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	deleted INTEGER NOT NULL,
	writers BLOB,
	body BLOB NOT NULL,
	UNIQUE (rid, revision)
) STRICT;

CREATE TABLE sides (
	record BLOB NOT NULL,
	device BLOB NOT NULL,
	field TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (record, device, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE scopes (
	number INTEGER PRIMARY KEY,
	sequence INTEGER NOT NULL,
	floor INTEGER NOT NULL,
	count INTEGER NOT NULL,
	sum BLOB NOT NULL,
	name TEXT NOT NULL UNIQUE
) STRICT;

-- At is null while the record is live in the scope, else the time of its tombstone or removal.
CREATE TABLE feed (
	scope INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	rid INTEGER NOT NULL,
	at INTEGER,
	PRIMARY KEY (scope, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX feed_at ON feed (at) WHERE at IS NOT NULL;

CREATE TABLE devices (
	id BLOB PRIMARY KEY,
	accepted INTEGER NOT NULL,
	acknowledged INTEGER NOT NULL,
	durable INTEGER NOT NULL,
	created INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	person BLOB,
	unit BLOB,
	forked_from BLOB,
	token BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_token ON devices (token) WHERE token IS NOT NULL;

CREATE TABLE contacts (
	device BLOB PRIMARY KEY,
	at INTEGER NOT NULL,
	unsent INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	acknowledged INTEGER NOT NULL,
	app TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row holds the outcomes of one request: number first and those after it.
CREATE TABLE outcomes (
	device BLOB NOT NULL,
	first INTEGER NOT NULL,
	at INTEGER NOT NULL,
	judged BLOB NOT NULL,
	PRIMARY KEY (device, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE origins (
	device BLOB NOT NULL,
	number INTEGER NOT NULL,
	at INTEGER NOT NULL,
	judged BLOB NOT NULL,
	PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
	device BLOB NOT NULL,
	number INTEGER NOT NULL,
	at INTEGER NOT NULL,
	person BLOB,
	unit BLOB,
	code TEXT NOT NULL,
	wire BLOB,
	PRIMARY KEY (device, number)
) STRICT;

CREATE TABLE units (
	id BLOB PRIMARY KEY,
	parent BLOB,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	successors TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE persons (
	id BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
	person BLOB NOT NULL,
	id BLOB NOT NULL,
	unit BLOB,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE enroll_codes (
	hash BLOB PRIMARY KEY,
	unit BLOB,
	person BLOB,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used INTEGER NOT NULL,
	device BLOB,
	nonce BLOB,
	role TEXT NOT NULL,
	name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
