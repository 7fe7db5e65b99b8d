-- Address, p256dh and auth are secrets of the device. Revoked, suspended and closed follow the device and its person, so that
-- a lease need not look for them. Those of a person lie side by side and persons in order, as shares have them: a lease reads
-- few pages.
CREATE TABLE registration (
	person BLOB NOT NULL,
	device BLOB NOT NULL,
	at INTEGER NOT NULL,
	bad INTEGER NOT NULL,
	retired INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	suspended INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	service TEXT NOT NULL,
	kind TEXT NOT NULL,
	platform TEXT NOT NULL,
	language TEXT NOT NULL,
	app TEXT NOT NULL,
	code TEXT NOT NULL,
	address TEXT NOT NULL,
	p256dh TEXT NOT NULL,
	auth TEXT NOT NULL,
	PRIMARY KEY (person, device)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX registration_address ON registration (address);
CREATE UNIQUE INDEX registration_device ON registration (device);
CREATE INDEX registration_used ON registration (person) WHERE retired = 0 AND revoked = 0 AND suspended = 0 AND closed = 0;

CREATE TRIGGER registration_device_update AFTER UPDATE OF revoked ON devices WHEN old.revoked <> new.revoked BEGIN
	UPDATE registration SET revoked = new.revoked WHERE device = new.id;
END;

CREATE TRIGGER registration_device_insert AFTER INSERT ON devices WHEN new.revoked <> 0 BEGIN
	UPDATE registration SET revoked = new.revoked WHERE device = new.id;
END;

CREATE TRIGGER registration_person_update AFTER UPDATE OF suspended, closed ON persons
WHEN old.suspended <> new.suspended OR old.closed <> new.closed BEGIN
	UPDATE registration SET suspended = new.suspended, closed = new.closed WHERE person = new.id;
END;

CREATE TRIGGER registration_person_insert AFTER INSERT ON persons WHEN new.suspended <> 0 OR new.closed <> 0 BEGIN
	UPDATE registration SET suspended = new.suspended, closed = new.closed WHERE person = new.id;
END;

-- Class: 0 urgent, 1 workflow, 2 routine. State: 0 planning, 1 open, 2 paused, 3 done, 4 cancelled. What is not known is x'':
-- an index would not hold two nulls for equal.
-- Shares is how many there were, unplanned how many of them have no deliveries yet. Rows counts the deliveries, several those
-- of persons who have more than one; waits and leased count those that are not over, so that nobody counts rows to know that
-- nothing is left. Next and latest are bounds of the due of those that wait: next is the earliest, latest is not before the
-- last; both are null where nothing may be leased. Ready is 1 once next came, turn says when one was leased last.
-- What stands as due in a cancelled intent is cancelled: an intent of any size ends at once.
-- Pruned: 1 when its persons are counted in tally, 2 when its deliveries are gone.
CREATE TABLE intent (
	number INTEGER PRIMARY KEY,
	class INTEGER NOT NULL,
	state INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	at INTEGER NOT NULL,
	due INTEGER NOT NULL,
	until INTEGER NOT NULL,
	persons INTEGER NOT NULL,
	over INTEGER NOT NULL,
	shares INTEGER NOT NULL,
	unplanned INTEGER NOT NULL,
	rows INTEGER NOT NULL,
	several INTEGER NOT NULL,
	waits INTEGER NOT NULL,
	leased INTEGER NOT NULL,
	next INTEGER,
	latest INTEGER,
	ready INTEGER NOT NULL,
	turn INTEGER NOT NULL,
	pruned INTEGER NOT NULL,
	record BLOB NOT NULL,
	person BLOB NOT NULL,
	unit BLOB NOT NULL,
	kind TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX intent_identity ON intent (record, kind, revision, person);
CREATE INDEX intent_open ON intent (class, number) WHERE state < 3;
CREATE INDEX intent_planning ON intent (class, number) WHERE unplanned > 0;
CREATE INDEX intent_next ON intent (class, ready, next) WHERE next IS NOT NULL;
CREATE INDEX intent_turn ON intent (class, turn) WHERE ready = 1;
CREATE INDEX intent_spread ON intent (latest) WHERE latest > next;
CREATE INDEX intent_until ON intent (until) WHERE waits > 0 AND until > 0;
CREATE INDEX intent_leased ON intent (number) WHERE leased > 0;
CREATE INDEX intent_over ON intent (over, number) WHERE state > 2 AND pruned < 2;

-- How many turns intents had.
CREATE TABLE turns (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	last INTEGER NOT NULL
) STRICT;

INSERT INTO turns VALUES (1, 0);

-- A share that is planned is removed. Its number is the intent's times 2^24, and which of them it is.
CREATE TABLE share (
	number INTEGER PRIMARY KEY,
	persons BLOB NOT NULL,
	units BLOB
) STRICT;

-- The number of a delivery is its intent's times 2^24, and which of them it is: those of an intent lie side by side, and it
-- takes no index to find them. State: 0 due, 1 leased, 2 accepted, 3 unsure, 4 expired, 5 failed, 6 gone, 7 cancelled,
-- 8 folded, 9 muted, 10 unreachable. Until is null where it is the intent's. Tries counts the rows in attempt, attempts those
-- that may have reached the service. Several: 0 for the only one of a person, 1 for the first of more, 2 for those that follow
-- it at once.
CREATE TABLE delivery (
	number INTEGER PRIMARY KEY,
	person BLOB NOT NULL,
	device BLOB,
	state INTEGER NOT NULL,
	several INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	due INTEGER NOT NULL,
	until INTEGER,
	lease INTEGER NOT NULL,
	over INTEGER NOT NULL,
	code TEXT NOT NULL,
	intent INTEGER AS (number >> 24) VIRTUAL
) STRICT;

CREATE INDEX delivery_waits ON delivery (intent, due) WHERE state = 0;
CREATE INDEX delivery_until ON delivery (until) WHERE state = 0 AND until IS NOT NULL;

CREATE TABLE attempt (
	delivery INTEGER NOT NULL,
	number INTEGER NOT NULL,
	at INTEGER NOT NULL,
	took INTEGER NOT NULL,
	result TEXT NOT NULL,
	code TEXT NOT NULL,
	PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- How many deliveries of an intent came to a terminal state (persons = 0) and, once it is pruned, how many persons have a
-- state as their best (persons = 1).
CREATE TABLE tally (
	intent INTEGER NOT NULL,
	persons INTEGER NOT NULL,
	state INTEGER NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (intent, persons, state)
) STRICT, WITHOUT ROWID;

-- How many pushes of class routine a person was sent on a day.
CREATE TABLE told (
	day INTEGER NOT NULL,
	person BLOB NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (day, person)
) STRICT, WITHOUT ROWID;

-- Notices of the time before pushes do not ring any more.
ALTER TABLE notices ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;

UPDATE notices SET taken = 1;

CREATE INDEX notices_untaken ON notices (number, due) WHERE taken = 0 AND dropped = 0;
