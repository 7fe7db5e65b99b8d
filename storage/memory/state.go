package memory

import (
	"encoding/binary"

	"lantoa/storage"
	"lantoa/syncproto"
)

// state is the whole database at one moment. Copying it is a snapshot: trees are persistent, and what they point
// to is never changed after it was put.
type state struct {
	epoch  syncproto.Epoch
	key    []byte
	access uint64

	records   tree[*kept]             // by id
	revisions tree[*syncproto.Record] // by id and revision
	children  tree[struct{}]          // by parent and id
	sides     tree[syncproto.Value]   // by record, field and device

	scopes  uint64                // how many have a number
	heads   tree[*storage.Head]   // by scope
	numbers tree[syncproto.Scope] // by number
	feed    tree[entry]           // by scope number and sequence

	devices  tree[*storage.Device]
	tokens   tree[syncproto.ID] // device by token hash
	contacts tree[*storage.Contact]
	judged   tree[judged] // by device and number
	origins  tree[judged]
	letters  tree[*storage.DeadLetter] // by device and number

	units   tree[*syncproto.Unit]
	persons tree[*storage.Person]
	grants  tree[*syncproto.Grant] // by person and id
	codes   tree[*storage.EnrollCode]
	phones  tree[syncproto.ID] // person by phone, of those who are not closed
	members tree[struct{}]     // grants by unit, person and id
	owned   tree[struct{}]     // devices by person and id

	versions tree[*storage.UnitVersion] // by unit and time
	settings tree[*storage.UnitSetting]

	accounts tree[*storage.Account]
	logins   tree[syncproto.ID] // person by login
	handles  tree[syncproto.ID] // person by handle
	passkeys tree[*storage.Passkey]
	sessions tree[*storage.Session]
	invited  tree[*storage.SignInLink]
	recovery tree[*storage.RecoveryCode] // by person and hash

	notices  tree[*storage.Notice] // by number
	noticed  tree[uint64]          // the number by identity, of those that are not dropped
	notified uint64                // the newest number
	cases    tree[*storage.Case]

	uploads tree[*storage.Upload]
	media   tree[*storage.Media]
	links   tree[*storage.MediaLink] // by blob, record and lane
	linked  tree[*storage.MediaLink] // by record, lane and blob
	facts   tree[*storage.MediaFacts]
	audits  tree[*storage.Audit] // by number
	audited uint64               // the newest number

	submissions tree[*submission]
	submitted   int64 // the newest number

	campaigns   tree[*storage.Campaign]
	calls       tree[*storage.Call]
	recipients  tree[*storage.Recipient] // by call and person
	invitations tree[int64]              // until when a call is in somebody's inbox, by person and call
	places      tree[int64]              // taken, by call
	waiting     tree[struct{}]           // by call, arrival and person
	arrivals    tree[int64]              // the last, by call
	pushed      tree[bool]               // of deliveries that are gone: whether one was accepted, by call and person

	told        tree[*storage.Fact] // by person and name
	tags        tree[[]storage.Tag] // by person
	preferences tree[*storage.Preference]

	registrations tree[*storage.Registration]
	addresses     tree[syncproto.ID] // device by address
	registered    tree[struct{}]     // registrations by person and device
	untaken       tree[struct{}]     // numbers of notices that stand and have no intent
	intents       tree[*intent]      // by number
	intended      tree[int64]        // the number by identity
	lastIntent    int64
	shares        tree[*storage.Share] // that are not planned, by intent and number
	deliveries    tree[*delivery]      // by number
	waits         tree[struct{}]       // due deliveries by intent, due and number
	attempts      tree[*storage.Attempt]
	turns         int64       // how many intents had
	tellings      tree[int64] // by day and person

	counted  int64                   // up to which audit entry counters count
	counters tree[*storage.Counters] // by span and unit
	callSums tree[*storage.CallSum]
}

// kept is a record with its wire form and its places in the feeds.
type kept struct {
	record *syncproto.Record
	wire   []byte
	hash   syncproto.Hash
	places map[uint64]place // by scope number
}

// place is where a record stands in one feed. A place that is not live is a tombstone or a removal.
type place struct {
	sequence uint64
	live     bool
}

// entry is one row of a feed. At dates what is not live, in Unix ms.
type entry struct {
	record syncproto.ID
	live   bool
	at     int64
}

type judged struct {
	storage.Judged
	at int64
}

func number(n uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return string(b[:])
}

func ofNumber(text string) uint64 { return binary.BigEndian.Uint64([]byte(text)) }
