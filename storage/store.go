package storage

import (
	"context"

	"lantoa/syncproto"
)

// Store is one database. It is safe for concurrent use.
type Store interface {
	// View runs fn on a consistent snapshot. It takes no lock that a writer waits for. The Reader dies with fn.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction and commits it durably. Stores may run fn on another goroutine, may run it
	// again after a rollback, and may commit it together with others: fn must set what it returns from scratch
	// each time and touch nothing else. If fn fails, its work is undone and Update returns fn's error; the work of
	// others is not touched. A context that ends before fn starts means fn does not run; one that ends later does
	// not tear the transaction.
	Update(ctx context.Context, fn func(Tx) error) error
	// Close finishes what was accepted and closes the database. Later calls fail with unavailable.
	Close() error
}

// Backuper is a store that can copy itself, consistently, while it serves.
type Backuper interface {
	// Backup writes a complete database file to path, which must not exist, and makes it durable. Every device's
	// Durable mark in the live store then covers what the copy holds.
	Backup(ctx context.Context, path string) error
}

// Reader is everything that can be asked of a snapshot, by noun.
type Reader interface {
	RecordReader
	FeedReader
	DeviceReader
	PeopleReader
	UnitReader
	PersonReader
	AccountReader
	NoticeReader
	CaseReader
	MetaReader
	UploadReader
	MediaReader
	AuditReader
	SubmissionReader
	CallReader
	FactReader
	RegistrationReader
	DeliveryReader
	FigureReader
}

// Tx is a Reader that sees its own writes, and can write.
type Tx interface {
	Reader
	RecordWriter
	DeviceWriter
	PeopleWriter
	UnitWriter
	AccountWriter
	NoticeWriter
	CaseWriter
	MetaWriter
	UploadWriter
	MediaWriter
	AuditWriter
	SubmissionWriter
	CallWriter
	FactWriter
	RegistrationWriter
	DeliveryWriter
	FigureWriter
	Eraser
	// Savepoint runs fn; if fn fails, everything it wrote is undone, the error is returned, and the transaction
	// goes on as if fn had never run. Savepoints nest.
	Savepoint(fn func() error) error
}

// Expecter is a Tx that answers faster when it is told first which records it will be asked for. What it answers is
// the same.
type Expecter interface {
	Expect(ids []syncproto.ID) error
}

// Encoded is a record with its wire form and the hash of that, made before a transaction that others wait for. All three
// belong to whoever it is given to and never change.
type Encoded struct {
	Record *syncproto.Record
	Wire   []byte
	Hash   syncproto.Hash
}

// Encode encodes a record.
func Encode(r *syncproto.Record) *Encoded {
	size := 512 // of all that is no field
	for name, value := range r.Fields {
		size += len(name) + len(value) + len(`"":,`)
	}
	e := &Encoded{Record: r, Wire: syncproto.AppendRecord(make([]byte, 0, size), r)}
	e.Hash = syncproto.HashRecord(e.Wire)
	return e
}

// EncodedWriter is a Tx that can put a record that is encoded already; PutEncoded is PutRecord otherwise.
type EncodedWriter interface {
	PutEncoded(e *Encoded, scopes []syncproto.Scope) error
}

// Stored is a record with its wire form as the feed gives it.
type Stored struct {
	Record *syncproto.Record
	Wire   []byte
	Scopes []syncproto.Scope // where it is live, sorted
}

// RecordReader reads records, their history and what merges kept.
type RecordReader interface {
	// Record returns a record, tombstones included; not_found if the id was never used.
	Record(id syncproto.ID) (*Stored, error)
	// Revision returns a record as it was at a revision; not_found if there was none. The current one counts.
	Revision(id syncproto.ID, revision int64) (*syncproto.Record, error)
	// Revisions returns every revision, oldest first.
	Revisions(id syncproto.ID) ([]*syncproto.Record, error)
	// Children returns the ids of records whose parent is id, in id order, at most limit.
	Children(id syncproto.ID, limit int) ([]syncproto.ID, error)
	// Side returns what a device had last sent for a field that was merged; ok is false if nothing is kept.
	Side(record syncproto.ID, field string, device syncproto.ID) (v syncproto.Value, ok bool, err error)
}

// RecordWriter changes records.
type RecordWriter interface {
	// PutRecord stores a record's next revision and gives it a place at the head of each of its scopes; in scopes
	// that it leaves it puts a removal. The superseded revision is kept. A deleted record becomes a tombstone in
	// every scope it was or is in. Putting an equal revision again with other scopes only moves it.
	PutRecord(r *syncproto.Record, scopes []syncproto.Scope) error
	// PutSide keeps what a device sent for a field that was merged.
	PutSide(record syncproto.ID, field string, device syncproto.ID, v syncproto.Value) error
}

// Head is the state of one scope.
type Head struct {
	Scope    syncproto.Scope
	Number   uint64 // names the scope inside cursors; from 1
	Sequence uint64 // of the newest entry; 0 for a scope never used
	Floor    uint64 // tombstones at or below are gone: a cursor below must read a snapshot
	Sum      syncproto.Sum
}

// FeedReader reads change feeds.
type FeedReader interface {
	// Heads returns the heads of scopes, in the order asked. A scope that nothing was ever placed in has Number 0.
	Heads(scopes []syncproto.Scope) ([]Head, error)
	// ScopesByNumber translates the numbers of a cursor; unknown numbers are absent from the result.
	ScopesByNumber(numbers []uint64) (map[uint64]syncproto.Scope, error)
	// Changes calls yield for the entries of a scope above after, in sequence order, until yield returns false or
	// limit entries were given. The Change's Wire lives only until yield returns.
	Changes(scope uint64, after uint64, limit int, yield func(sequence uint64, c syncproto.Change) bool) error
	// Digest adds up the live records of a scope by leaf.
	Digest(scope uint64) (*syncproto.Digest, error)
	// LeafRecords calls yield for the live records of one leaf in id order, from after on (exclusive).
	LeafRecords(scope uint64, leaf int, after syncproto.ID, yield func(c syncproto.Change) bool) error
}

// Device is one installation.
type Device struct {
	ID           syncproto.ID
	Person       syncproto.ID
	Unit         syncproto.ID // the unit it was enrolled into
	TokenHash    [32]byte     // SHA-256 of the token
	Accepted     int64        // highest judged mutation number
	Acknowledged int64        // outcomes up to this were received
	Durable      int64        // numbers up to this are in a backup
	Created      int64        // server time, Unix ms
	Revoked      int64        // server time, Unix ms; 0 while it may connect
	ForkedFrom   syncproto.ID // the device it was renumbered from, if any
}

// Contact is what a device said of itself when it last came (for the board of stuck phones).
type Contact struct {
	Device       syncproto.ID
	At           int64
	App          string
	Unsent       int64
	Failed       int64
	Acknowledged int64
	Oldest       int64               // ms that the oldest unsent item had waited at At
	Troubles     []syncproto.Trouble // items that do not go
}

// Judged is a mutation's identity with its outcome.
type Judged struct {
	Hash    syncproto.Hash
	Outcome syncproto.Outcome
}

// DeadLetter is a rejected mutation with its full payload.
type DeadLetter struct {
	Device syncproto.ID
	Number int64
	Person syncproto.ID
	Unit   syncproto.ID
	Code   syncproto.Code
	At     int64
	Wire   []byte
}

// DeviceReader reads devices and what was judged for them.
type DeviceReader interface {
	Device(id syncproto.ID) (*Device, error)
	DeviceByToken(hash [32]byte) (*Device, error)
	// Devices lists devices in id order after a given one.
	Devices(after syncproto.ID, limit int) ([]Device, error)
	Contact(device syncproto.ID) (*Contact, error)
	// Judged returns what was judged under a device's number, also when another device brought that mutation
	// (Mutation.Origin); not_found if nothing was, or if it is longer ago than outcomes are kept.
	Judged(device syncproto.ID, number int64) (*Judged, error)
	// Brought lists numbers above a given one under which other devices brought mutations of this device, in order,
	// at most limit. It is nearly always empty, which saves a look for each new number.
	Brought(device syncproto.ID, above int64, limit int) ([]int64, error)
	// DeadLetters lists dead letters of a device, oldest first, above a number.
	DeadLetters(device syncproto.ID, after int64, limit int) ([]DeadLetter, error)
}

// DeviceWriter changes devices and keeps what was judged.
type DeviceWriter interface {
	PutDevice(d *Device) error
	// PutContacts stores contacts; a contact of an unknown device is ignored.
	PutContacts(contacts []Contact) error
	// AddJudged stores the outcomes of consecutive numbers, the first being the device's Accepted+1, and raises
	// Accepted to the last.
	AddJudged(device syncproto.ID, first int64, judged []Judged) error
	// AddOrigin stores an outcome under the first identity of a mutation that another device brought.
	AddOrigin(o syncproto.Origin, j Judged) error
	AddDeadLetter(d *DeadLetter) error
}

// Person is somebody known to the association.
type Person struct {
	ID        syncproto.ID
	Name      string
	Phone     string // E.164, or ""; unique among those who are not closed
	Created   int64
	Suspended int64 // since when the account rests; 0 while it does not
	Closed    int64 // 0 while the account is open
}

// EnrollCode is an invitation of one device. The code itself is not stored.
type EnrollCode struct {
	Hash    [32]byte // SHA-256 of the bare code
	Unit    syncproto.ID
	Role    syncproto.Role
	Person  syncproto.ID // set when the code is for somebody already known
	Name    string       // the invited person's name, if known
	Created int64
	Expires int64
	Used    int64        // 0 until used
	Device  syncproto.ID // who used it
	Nonce   [32]byte     // SHA-256 of that device's nonce, so that only it may ask again
}

// PeopleReader reads units, persons, grants and invitations. Units and grants are few (a province has hundreds of
// units); services cache them under Access.
type PeopleReader interface {
	Units() ([]syncproto.Unit, error)
	Person(id syncproto.ID) (*Person, error)
	// Grants returns all grants of a person, ended ones too, in id order.
	Grants(person syncproto.ID) ([]syncproto.Grant, error)
	EnrollCode(hash [32]byte) (*EnrollCode, error)
}

// PeopleWriter changes them. Every change of a unit, a grant or a person raises Access.
type PeopleWriter interface {
	// PutUnit stores a unit and, if it has no UnitVersion yet, one since its From.
	PutUnit(u *syncproto.Unit) error
	// PutPerson stores a person; record_exists if somebody else who is not closed has the phone number of one who is not.
	PutPerson(p *Person) error
	PutGrant(g *syncproto.Grant) error
	PutEnrollCode(c *EnrollCode) error
}

// MetaReader reads what the store knows of itself.
type MetaReader interface {
	Epoch() (syncproto.Epoch, error)
	// Key is 32 secret random bytes, made with the database: it authenticates cursors and makes tokens.
	Key() ([]byte, error)
	// Access counts changes of units, grants, persons and devices. Equal values mean nothing cached is stale.
	Access() (uint64, error)
}

// MetaWriter changes it.
type MetaWriter interface {
	// NewEpoch draws a new epoch, after a restore.
	NewEpoch() (syncproto.Epoch, error)
	// Compact forgets tombstones and removals older than before (server time, Unix ms), raising the floors of
	// their scopes, and outcomes older than before that their device acknowledged (Contact). Outcomes that a device
	// never heard of, and those under an origin, are kept: without them a phone that comes back after years would
	// have its mutations judged twice. Uploads, media and the audit log are not its business.
	Compact(before int64) error
}
