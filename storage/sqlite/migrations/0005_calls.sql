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

-- A list has a number, since it stands in two trees for each person. However many answer, how many places are taken and who
-- came last is one row.
CREATE TABLE lists (
	number INTEGER PRIMARY KEY,
	call BLOB NOT NULL UNIQUE,
	places INTEGER NOT NULL,
	arrived INTEGER NOT NULL
) STRICT;

-- Pushed is what deliveries said that are not kept any more: 1 for a registration, 2 for one that was accepted.
CREATE TABLE recipients (
	list INTEGER NOT NULL,
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
	taken INTEGER AS (CASE WHEN standing IN ('registered', 'came') THEN count ELSE 0 END) VIRTUAL,
	PRIMARY KEY (list, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_person ON recipients (person, gone);
CREATE INDEX recipients_waiting ON recipients (list, arrived) WHERE standing = 'waiting';

CREATE TRIGGER recipients_update AFTER UPDATE OF count, arrived, standing ON recipients
WHEN old.taken <> new.taken OR old.arrived <> new.arrived BEGIN
	UPDATE lists SET places = places + new.taken - old.taken, arrived = max(arrived, new.arrived) WHERE number = new.list;
END;

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
