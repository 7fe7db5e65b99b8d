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
	title TEXT NOT NULL
) STRICT;

CREATE TABLE submission_texts (
	number INTEGER PRIMARY KEY,
	text TEXT NOT NULL
) STRICT;
