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

CREATE UNIQUE INDEX accounts_handle ON accounts (handle) WHERE handle IS NOT NULL;

CREATE UNIQUE INDEX accounts_login ON accounts (login) WHERE login <> '';

CREATE TABLE attempt (
	delivery INTEGER NOT NULL,
	number INTEGER NOT NULL,
	at INTEGER NOT NULL,
	took INTEGER NOT NULL,
	result TEXT NOT NULL,
	code TEXT NOT NULL,
	PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX audits_person ON audits (person, number) WHERE person IS NOT NULL;

CREATE INDEX audits_record ON audits (record, number) WHERE record IS NOT NULL;

CREATE TABLE call_sums (
	call BLOB PRIMARY KEY,
	at INTEGER NOT NULL,
	reaches TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call_units (
	call BLOB NOT NULL,
	unit BLOB NOT NULL,
	PRIMARY KEY (call, unit)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_units_unit ON call_units (unit);

CREATE TABLE calls (
	number INTEGER PRIMARY KEY,
	id BLOB NOT NULL UNIQUE,
	campaign BLOB NOT NULL,
	due INTEGER NOT NULL,
	state TEXT NOT NULL,
	data TEXT NOT NULL,
	audience BLOB
) STRICT;

CREATE INDEX calls_due ON calls (due, id) WHERE state = 'scheduled';

CREATE INDEX calls_newest ON calls (id DESC, state, campaign);

CREATE TABLE campaigns (
	id BLOB PRIMARY KEY,
	data TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE INDEX cases_done ON cases (done_by, id, unit);

CREATE INDEX cases_due ON cases (due, id) WHERE due > 0;

CREATE INDEX cases_open ON cases (done_by, id, unit) WHERE closed = 0;

CREATE TABLE contacts (
	device BLOB PRIMARY KEY,
	at INTEGER NOT NULL,
	unsent INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	acknowledged INTEGER NOT NULL,
	app TEXT NOT NULL
, oldest INTEGER NOT NULL DEFAULT 0, troubles TEXT) STRICT, WITHOUT ROWID;

CREATE TABLE counted (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	number INTEGER NOT NULL
) STRICT;

CREATE TABLE counters (
	span INTEGER NOT NULL,
	unit BLOB NOT NULL,
	counts BLOB NOT NULL,
	PRIMARY KEY (span, unit)
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

CREATE INDEX delivery_until ON delivery (until) WHERE state = 0 AND until IS NOT NULL;

CREATE INDEX delivery_waits ON delivery (intent, due) WHERE state = 0;

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

CREATE INDEX devices_person ON devices (person, id) WHERE person IS NOT NULL;

CREATE INDEX devices_token ON devices (token) WHERE token IS NOT NULL;

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

CREATE TABLE feed (
	scope INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	rid INTEGER NOT NULL,
	at INTEGER,
	PRIMARY KEY (scope, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX feed_at ON feed (at) WHERE at IS NOT NULL;

CREATE TABLE grants (
	person BLOB NOT NULL,
	id BLOB NOT NULL,
	unit BLOB,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_unit ON grants (unit, person, id) WHERE unit IS NOT NULL;

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

CREATE INDEX intent_leased ON intent (number) WHERE leased > 0;

CREATE INDEX intent_next ON intent (class, ready, next) WHERE next IS NOT NULL;

CREATE INDEX intent_open ON intent (class, number) WHERE state < 3;

CREATE INDEX intent_over ON intent (over, number) WHERE state > 2 AND pruned < 2;

CREATE INDEX intent_planning ON intent (class, number) WHERE unplanned > 0;

CREATE INDEX intent_spread ON intent (latest) WHERE latest > next;

CREATE INDEX intent_turn ON intent (class, turn) WHERE ready = 1;

CREATE INDEX intent_until ON intent (until) WHERE waits > 0 AND until > 0;

CREATE TABLE lists (
	number INTEGER PRIMARY KEY,
	call BLOB NOT NULL UNIQUE,
	places INTEGER NOT NULL,
	arrived INTEGER NOT NULL
) STRICT;

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

CREATE TRIGGER media_delete AFTER DELETE ON media BEGIN
	UPDATE media_used SET bytes = bytes - old.size WHERE person = ifnull(old.person, x'00');
END;

CREATE INDEX media_display ON media (display) WHERE display IS NOT NULL;

CREATE INDEX media_due ON media (due, id) WHERE due > 0 AND state IN ('arriving', 'waiting');

CREATE TABLE media_facts (
	blob BLOB PRIMARY KEY,
	taken INTEGER NOT NULL,
	zoned INTEGER NOT NULL,
	has_position INTEGER NOT NULL,
	lat REAL NOT NULL,
	lon REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER media_insert AFTER INSERT ON media BEGIN
	INSERT INTO media_used VALUES (ifnull(new.person, x'00'), new.size)
	ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
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

CREATE INDEX media_served ON media (served) WHERE served IS NOT NULL;

CREATE INDEX media_thumbnail ON media (thumbnail) WHERE thumbnail IS NOT NULL;

CREATE TRIGGER media_update AFTER UPDATE ON media WHEN old.size <> new.size OR old.person IS NOT new.person BEGIN
	UPDATE media_used SET bytes = bytes - old.size WHERE person = ifnull(old.person, x'00');
	INSERT INTO media_used VALUES (ifnull(new.person, x'00'), new.size)
	ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TABLE media_used (
	person BLOB PRIMARY KEY,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	epoch BLOB NOT NULL,
	secret BLOB NOT NULL,
	access INTEGER NOT NULL
) STRICT;

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
, taken INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE UNIQUE INDEX notices_identity ON notices (record, kind, revision, scope) WHERE dropped = 0;

CREATE INDEX notices_scope ON notices (scope, number);

CREATE INDEX notices_untaken ON notices (number, due) WHERE taken = 0 AND dropped = 0;

CREATE TABLE origins (
	device BLOB NOT NULL,
	number INTEGER NOT NULL,
	at INTEGER NOT NULL,
	judged BLOB NOT NULL,
	PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcomes (
	device BLOB NOT NULL,
	first INTEGER NOT NULL,
	at INTEGER NOT NULL,
	judged BLOB NOT NULL,
	PRIMARY KEY (device, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
	id BLOB PRIMARY KEY,
	person BLOB NOT NULL,
	created INTEGER NOT NULL,
	used INTEGER NOT NULL,
	name TEXT NOT NULL,
	data BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_person ON passkeys (person, created, id);

CREATE TABLE persons (
	id BLOB PRIMARY KEY,
	created INTEGER NOT NULL,
	closed INTEGER NOT NULL,
	name TEXT NOT NULL
, suspended INTEGER NOT NULL DEFAULT 0, phone TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX persons_phone ON persons (phone) WHERE closed = 0 AND phone <> '';

CREATE TABLE preferences (
	person BLOB PRIMARY KEY,
	may_phone INTEGER NOT NULL,
	muted TEXT NOT NULL,
	language TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER recipients_update AFTER UPDATE OF count, arrived, standing ON recipients
WHEN old.taken <> new.taken OR old.arrived <> new.arrived BEGIN
	UPDATE lists SET places = places + new.taken - old.taken, arrived = max(arrived, new.arrived) WHERE number = new.list;
END;

CREATE INDEX recipients_waiting ON recipients (list, arrived) WHERE standing = 'waiting';

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

CREATE TABLE recovery_codes (
	person BLOB NOT NULL,
	hash BLOB NOT NULL,
	used INTEGER NOT NULL,
	PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER registration_device_insert AFTER INSERT ON devices WHEN new.revoked <> 0 BEGIN
	UPDATE registration SET revoked = new.revoked WHERE device = new.id;
END;

CREATE TRIGGER registration_device_update AFTER UPDATE OF revoked ON devices WHEN old.revoked <> new.revoked BEGIN
	UPDATE registration SET revoked = new.revoked WHERE device = new.id;
END;

CREATE TRIGGER registration_person_insert AFTER INSERT ON persons WHEN new.suspended <> 0 OR new.closed <> 0 BEGIN
	UPDATE registration SET suspended = new.suspended, closed = new.closed WHERE person = new.id;
END;

CREATE TRIGGER registration_person_update AFTER UPDATE OF suspended, closed ON persons
WHEN old.suspended <> new.suspended OR old.closed <> new.closed BEGIN
	UPDATE registration SET suspended = new.suspended, closed = new.closed WHERE person = new.id;
END;

CREATE INDEX registration_used ON registration (person) WHERE retired = 0 AND revoked = 0 AND suspended = 0 AND closed = 0;

CREATE TABLE revisions (
	rid INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	deleted INTEGER NOT NULL,
	writers BLOB,
	body BLOB NOT NULL,
	UNIQUE (rid, revision)
) STRICT;

CREATE TABLE scopes (
	number INTEGER PRIMARY KEY,
	sequence INTEGER NOT NULL,
	floor INTEGER NOT NULL,
	count INTEGER NOT NULL,
	sum BLOB NOT NULL,
	name TEXT NOT NULL UNIQUE
) STRICT;

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

CREATE INDEX sessions_expires ON sessions (expires);

CREATE INDEX sessions_person ON sessions (person, created, id);

CREATE TABLE share (
	number INTEGER PRIMARY KEY,
	persons BLOB NOT NULL,
	units BLOB
) STRICT;

CREATE TABLE sides (
	record BLOB NOT NULL,
	device BLOB NOT NULL,
	field TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (record, device, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_links (
	hash BLOB PRIMARY KEY,
	person BLOB,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_links_person ON sign_in_links (person) WHERE person IS NOT NULL;

CREATE TABLE submission_cut (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	version TEXT NOT NULL
) STRICT;

CREATE TABLE submission_tallies (
	unit BLOB NOT NULL,
	state TEXT NOT NULL,
	flag INTEGER NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (unit, state, flag)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission_texts (
	number INTEGER PRIMARY KEY,
	text TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE submission_words USING fts5(folded, exact, content = '', columnsize = 0, tokenize = 'ascii');

CREATE TABLE 'submission_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'submission_words_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'submission_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

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

CREATE INDEX submissions_author ON submissions (author, changed DESC, record);

CREATE INDEX submissions_claimer ON submissions (claimer) WHERE claimer <> x'';

CREATE TRIGGER submissions_delete AFTER DELETE ON submissions BEGIN
	UPDATE submission_tallies SET count = count - 1
	WHERE unit = old.unit AND state = old.state AND (flag = 0 OR flag & old.flags);
END;

CREATE INDEX submissions_flagged ON submissions (changed DESC, record, flags, unit, state) WHERE flags & 65531 <> 0;

CREATE INDEX submissions_hold ON submissions (hold, record) WHERE hold > 0;

CREATE TRIGGER submissions_insert AFTER INSERT ON submissions BEGIN
	INSERT INTO submission_tallies SELECT new.unit, new.state, column1, 1
	FROM (VALUES (0), (1), (2), (4), (8), (16), (32), (64), (128), (256), (512), (1024), (2048), (4096), (8192), (16384), (32768))
	WHERE column1 = 0 OR column1 & new.flags
	ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE INDEX submissions_newest ON submissions (changed DESC, record, since, flags, unit, state);

CREATE INDEX submissions_open ON submissions (calm, since, record, unit, state, changed)
WHERE state NOT IN ('published', 'corrected', 'taken_down', 'declined', 'withdrawn');

CREATE INDEX submissions_sent ON submissions (sent, unit, author);

CREATE INDEX submissions_state ON submissions (state, changed DESC, record);

CREATE INDEX submissions_unit ON submissions (unit, changed DESC, record, since, flags, state);

CREATE TRIGGER submissions_update AFTER UPDATE OF unit, state, flags ON submissions
WHEN old.unit <> new.unit OR old.state <> new.state OR old.flags <> new.flags BEGIN
	UPDATE submission_tallies SET count = count - 1
	WHERE unit = old.unit AND state = old.state AND (flag = 0 OR flag & old.flags);
	INSERT INTO submission_tallies SELECT new.unit, new.state, column1, 1
	FROM (VALUES (0), (1), (2), (4), (8), (16), (32), (64), (128), (256), (512), (1024), (2048), (4096), (8192), (16384), (32768))
	WHERE column1 = 0 OR column1 & new.flags
	ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE INDEX submissions_waiting ON submissions (calm, since, record);

CREATE TABLE tag_counts (
	name TEXT NOT NULL,
	skill INTEGER NOT NULL,
	persons INTEGER NOT NULL,
	PRIMARY KEY (name, skill)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
	person BLOB PRIMARY KEY,
	tags TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
	intent INTEGER NOT NULL,
	persons INTEGER NOT NULL,
	state INTEGER NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (intent, persons, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE told (
	day INTEGER NOT NULL,
	person BLOB NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (day, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE turns (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	last INTEGER NOT NULL
) STRICT;

CREATE TABLE unit_settings (
	unit BLOB PRIMARY KEY,
	own_allowed INTEGER NOT NULL,
	alarm_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_versions (
	unit BLOB NOT NULL,
	since INTEGER NOT NULL,
	parent BLOB,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	PRIMARY KEY (unit, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE units (
	id BLOB PRIMARY KEY,
	parent BLOB,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	successors TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER uploads_delete AFTER DELETE ON uploads WHEN old.held IS NOT NULL BEGIN
	UPDATE uploads_held SET count = count - 1, bytes = bytes - old.held WHERE person IN (x'', ifnull(old.person, x'00'));
END;

CREATE TABLE uploads_held (
	person BLOB PRIMARY KEY,
	count INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER uploads_insert AFTER INSERT ON uploads WHEN new.held IS NOT NULL BEGIN
	INSERT INTO uploads_held VALUES (x'', 1, new.held), (ifnull(new.person, x'00'), 1, new.held)
	ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

CREATE INDEX uploads_record ON uploads (record, person, lane, created, id) WHERE record IS NOT NULL;

CREATE TRIGGER uploads_update AFTER UPDATE ON uploads WHEN old.held IS NOT new.held OR old.person IS NOT new.person BEGIN
	UPDATE uploads_held SET count = count - 1, bytes = bytes - old.held
	WHERE old.held IS NOT NULL AND person IN (x'', ifnull(old.person, x'00'));
	INSERT INTO uploads_held SELECT column1, 1, new.held FROM (VALUES (x''), (ifnull(new.person, x'00')))
	WHERE new.held IS NOT NULL
	ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;

