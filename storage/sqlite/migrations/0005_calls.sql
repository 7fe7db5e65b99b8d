-- Data is what nobody asks by, as JSON with a version of its own.
CREATE TABLE campaigns (
	id BLOB PRIMARY KEY,
	data TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
	number INTEGER PRIMARY KEY,
	id BLOB NOT NULL UNIQUE,
	campaign BLOB NOT NULL,
	due INTEGER NOT NULL,
	state TEXT NOT NULL,
	data TEXT NOT NULL,
	audience BLOB
) STRICT;

-- With the state and the campaign in it, a list passes over what does not fit without its rows.
CREATE INDEX calls_newest ON calls (id DESC, state, campaign);
CREATE INDEX calls_due ON calls (due, id) WHERE state = 'scheduled';

CREATE TABLE call_units (
	call BLOB NOT NULL,
	unit BLOB NOT NULL,
	PRIMARY KEY (call, unit)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_units_unit ON call_units (unit);

-- Pushed is what deliveries said that are not kept any more: 1 for a registration, 2 for one that was accepted.
CREATE TABLE recipients (
	call BLOB NOT NULL,
	person BLOB NOT NULL,
	unit BLOB NOT NULL,
	gone INTEGER NOT NULL,
	received INTEGER NOT NULL DEFAULT 0,
	shown INTEGER NOT NULL DEFAULT 0,
	opened INTEGER NOT NULL DEFAULT 0,
	count INTEGER NOT NULL DEFAULT 0,
	arrived INTEGER NOT NULL DEFAULT 0,
	answered INTEGER NOT NULL DEFAULT 0,
	promoted INTEGER NOT NULL DEFAULT 0,
	came INTEGER NOT NULL DEFAULT 0,
	pushed INTEGER NOT NULL DEFAULT 0,
	choice TEXT NOT NULL DEFAULT '',
	standing TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (call, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_person ON recipients (person, gone);
-- However many answer, those with a place are as few as the places; the conditions stand in queries as they are here.
CREATE INDEX recipients_places ON recipients (call, count) WHERE standing IN ('registered', 'came');
CREATE INDEX recipients_waiting ON recipients (call, arrived) WHERE standing = 'waiting';
CREATE INDEX recipients_arrived ON recipients (call, arrived) WHERE arrived > 0;

CREATE TABLE facts (
	person BLOB NOT NULL,
	name TEXT NOT NULL,
	consent INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	by_person BLOB NOT NULL,
	how TEXT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;

-- The tags of a person in one row, a line each, with + before a skill and - before any other: audiences read them all.
CREATE TABLE tags (
	person BLOB PRIMARY KEY,
	tags TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tag_counts (
	name TEXT NOT NULL,
	skill INTEGER NOT NULL,
	persons INTEGER NOT NULL,
	PRIMARY KEY (name, skill)
) STRICT, WITHOUT ROWID;

CREATE TABLE preferences (
	person BLOB PRIMARY KEY,
	may_phone INTEGER NOT NULL,
	muted TEXT NOT NULL,
	language TEXT NOT NULL
) STRICT, WITHOUT ROWID;
