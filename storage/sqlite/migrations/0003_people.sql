-- Everything that a unit was called and under which it stood. What a unit is today is its first version.
CREATE TABLE unit_versions (
	unit BLOB NOT NULL,
	since INTEGER NOT NULL,
	parent BLOB,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	PRIMARY KEY (unit, since)
) STRICT, WITHOUT ROWID;

INSERT INTO unit_versions (unit, since, parent, name, level) SELECT id, since, parent, name, level FROM units;

CREATE TABLE unit_settings (
	unit BLOB PRIMARY KEY,
	own_allowed INTEGER NOT NULL,
	alarm_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE persons ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN phone TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX persons_phone ON persons (phone) WHERE closed = 0 AND phone <> '';
CREATE INDEX grants_unit ON grants (unit, person, id) WHERE unit IS NOT NULL;
CREATE INDEX devices_person ON devices (person, id) WHERE person IS NOT NULL;
CREATE INDEX audits_person ON audits (person, number) WHERE person IS NOT NULL;

ALTER TABLE contacts ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN troubles TEXT;

CREATE TABLE accounts (
	person BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	until INTEGER NOT NULL,
	device BLOB,
	handle BLOB,
	login TEXT NOT NULL,
	password TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX accounts_login ON accounts (login) WHERE login <> '';
CREATE UNIQUE INDEX accounts_handle ON accounts (handle) WHERE handle IS NOT NULL;

CREATE TABLE passkeys (
	id BLOB PRIMARY KEY,
	person BLOB NOT NULL,
	created INTEGER NOT NULL,
	used INTEGER NOT NULL,
	name TEXT NOT NULL,
	data BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_person ON passkeys (person, created, id);

CREATE TABLE sessions (
	hash BLOB PRIMARY KEY,
	id BLOB,
	person BLOB NOT NULL,
	created INTEGER NOT NULL,
	proved INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	method TEXT NOT NULL,
	agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_person ON sessions (person, created, id);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE sign_in_links (
	hash BLOB PRIMARY KEY,
	person BLOB,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_links_person ON sign_in_links (person) WHERE person IS NOT NULL;

CREATE TABLE recovery_codes (
	person BLOB NOT NULL,
	hash BLOB NOT NULL,
	used INTEGER NOT NULL,
	PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;

-- Nothing is ever removed, so that the numbers have no gaps. A notice about no record has x'' there: an index would not
-- hold two nulls for equal.
CREATE TABLE notices (
	number INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	due INTEGER NOT NULL,
	dropped INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	record BLOB NOT NULL,
	unit BLOB,
	scope TEXT NOT NULL,
	kind TEXT NOT NULL
) STRICT;

CREATE INDEX notices_scope ON notices (scope, number);
CREATE UNIQUE INDEX notices_identity ON notices (record, kind, revision, scope) WHERE dropped = 0;

CREATE TABLE cases (
	id BLOB PRIMARY KEY,
	opened INTEGER NOT NULL,
	answer_by INTEGER NOT NULL,
	done_by INTEGER NOT NULL,
	extended INTEGER NOT NULL,
	answered INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	due INTEGER NOT NULL,
	person BLOB,
	record BLOB,
	consent BLOB,
	unit BLOB,
	by_person BLOB,
	kind TEXT NOT NULL,
	result TEXT NOT NULL,
	who TEXT NOT NULL,
	note TEXT NOT NULL,
	steps BLOB
) STRICT, WITHOUT ROWID;

-- With the unit in the index, those of other units are passed over without a look at their rows.
CREATE INDEX cases_done ON cases (done_by, id, unit);
CREATE INDEX cases_open ON cases (done_by, id, unit) WHERE closed = 0;
CREATE INDEX cases_due ON cases (due, id) WHERE due > 0;
