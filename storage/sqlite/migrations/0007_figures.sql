-- What happened in a unit in a day or a month, as names and numbers in one value: reports of years read few rows.
CREATE TABLE counters (
	span INTEGER NOT NULL,
	unit BLOB NOT NULL,
	counts BLOB NOT NULL,
	PRIMARY KEY (span, unit)
) STRICT, WITHOUT ROWID;

-- Up to which entry of the audit log they count.
CREATE TABLE counted (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	number INTEGER NOT NULL
) STRICT;

INSERT INTO counted VALUES (1, 0);

CREATE TABLE call_sums (
	call BLOB PRIMARY KEY,
	at INTEGER NOT NULL,
	reaches TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX submissions_sent ON submissions (sent, unit, author);
