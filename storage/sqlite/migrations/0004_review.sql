-- Number says which submission came to the desk first. An id that is not known is empty.
CREATE TABLE submissions (
	number INTEGER PRIMARY KEY,
	record BLOB NOT NULL UNIQUE,
	unit BLOB NOT NULL,
	author BLOB NOT NULL,
	claimer BLOB NOT NULL,
	flags INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	since INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	until INTEGER NOT NULL,
	hold INTEGER NOT NULL,
	photos INTEGER NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	title TEXT NOT NULL,
	calm INTEGER NOT NULL AS (flags & 1 = 0) STORED
) STRICT;

-- What still has somebody to wait for is little, however much was published; the condition stands in queries as it is here.
-- With changed it is sorted by that, too, without its rows.
CREATE INDEX submissions_open ON submissions (calm, since, record, unit, state, changed)
WHERE state NOT IN ('published', 'corrected', 'taken_down', 'declined', 'withdrawn');
CREATE INDEX submissions_waiting ON submissions (calm, since, record);
-- The columns after the order are what a search through all years asks for; it needs no rows to pass over those it does not
-- fit. All flags but the location (4) are rare.
CREATE INDEX submissions_newest ON submissions (changed DESC, record, since, flags, unit, state);
CREATE INDEX submissions_flagged ON submissions (changed DESC, record, flags, unit, state) WHERE flags & 65531 <> 0;
CREATE INDEX submissions_unit ON submissions (unit, changed DESC, record, since, flags, state);
CREATE INDEX submissions_state ON submissions (state, changed DESC, record);
CREATE INDEX submissions_author ON submissions (author, changed DESC, record);
CREATE INDEX submissions_claimer ON submissions (claimer) WHERE claimer <> x'';
CREATE INDEX submissions_hold ON submissions (hold, record) WHERE hold > 0;

CREATE TABLE submission_texts (
	number INTEGER PRIMARY KEY,
	text TEXT NOT NULL
) STRICT;

-- The words of the texts, cut and folded before they come here: SQLite's own folding knows no đ. The index keeps no copy of
-- them, so what leaves it is cut from the text once more, and what is deleted leaves the index at once.
CREATE VIRTUAL TABLE submission_words USING fts5(folded, exact, content = '', columnsize = 0, tokenize = 'ascii');

INSERT INTO submission_words (submission_words, rank) VALUES ('secure-delete', 1);

-- How the words in the index were cut.
CREATE TABLE submission_cut (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	version TEXT NOT NULL
) STRICT;

INSERT INTO submission_cut VALUES (1, '');

-- Flag 0 counts all. A row for each flag saves counters a scan.
CREATE TABLE submission_tallies (
	unit BLOB NOT NULL,
	state TEXT NOT NULL,
	flag INTEGER NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (unit, state, flag)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER submissions_insert AFTER INSERT ON submissions BEGIN
	INSERT INTO submission_tallies SELECT new.unit, new.state, column1, 1
	FROM (VALUES (0), (1), (2), (4), (8), (16), (32), (64), (128), (256), (512), (1024), (2048), (4096), (8192), (16384), (32768))
	WHERE column1 = 0 OR column1 & new.flags
	ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER submissions_update AFTER UPDATE OF unit, state, flags ON submissions
WHEN old.unit <> new.unit OR old.state <> new.state OR old.flags <> new.flags BEGIN
	UPDATE submission_tallies SET count = count - 1
	WHERE unit = old.unit AND state = old.state AND (flag = 0 OR flag & old.flags);
	INSERT INTO submission_tallies SELECT new.unit, new.state, column1, 1
	FROM (VALUES (0), (1), (2), (4), (8), (16), (32), (64), (128), (256), (512), (1024), (2048), (4096), (8192), (16384), (32768))
	WHERE column1 = 0 OR column1 & new.flags
	ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER submissions_delete AFTER DELETE ON submissions BEGIN
	UPDATE submission_tallies SET count = count - 1
	WHERE unit = old.unit AND state = old.state AND (flag = 0 OR flag & old.flags);
END;
