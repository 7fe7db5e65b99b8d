package phonestore

import (
	"encoding/json"
	"slices"

	"lantoa/syncproto"
)

// State is everything about a profile that is not a list: who, where, and how far. It is one row, written in the
// transaction of whatever changed it.
type State struct {
	Lock []byte `json:"lock,omitempty"`

	// Who, after enrollment.
	Server   string         `json:"server,omitempty"`
	Device   syncproto.ID   `json:"device,omitempty"`
	Token    []byte         `json:"token,omitempty"` // sealed
	Person   syncproto.ID   `json:"person,omitempty"`
	Name     string         `json:"name,omitempty"`
	Unit     syncproto.ID   `json:"unit,omitempty"`
	UnitName string         `json:"unit_name,omitempty"`
	Role     syncproto.Role `json:"role,omitempty"`
	Revoked  bool           `json:"revoked,omitempty"`
	// Joining and Forking are identities that the phone has made but whose receipt it has not seen. They are stored
	// before they are sent, so that a repeat asks for the same.
	Joining *Identity `json:"joining,omitempty"`
	Forking *Identity `json:"forking,omitempty"`
	// Joins is how the phone came to be its device: a sealed list of Join.
	Joins []byte `json:"joins,omitempty"`
	// Standin is who captured before there was an enrollment. It stays, so that files from that time are recognised.
	Standin *Standin `json:"standin,omitempty"`

	// How far.
	Next        int64    `json:"next"`             // the number of the next mutation
	Judged      int64    `json:"judged,omitempty"` // outcomes up to this number are stored here
	Durable     int64    `json:"durable,omitempty"`
	Cursor      string   `json:"cursor,omitempty"`
	CursorEpoch string   `json:"cursor_epoch,omitempty"` // "" while there is no cursor
	Epoch       string   `json:"epoch,omitempty"`        // the server's, as last heard
	Epochs      []string `json:"epochs,omitempty"`       // all epochs ever heard; records name theirs by place
	CaughtUp    bool     `json:"caught_up,omitempty"`

	// Time.
	Anchors  []syncproto.Anchor `json:"anchors,omitempty"`
	ClockOff int64              `json:"clock_off,omitempty"`

	// For people.
	LastSync  int64          `json:"last_sync,omitempty"`
	LastError syncproto.Code `json:"last_error,omitempty"`
	Repairs   int64          `json:"repairs,omitempty"`
	Forks     int64          `json:"forks,omitempty"`
	Reoffered int64          `json:"reoffered,omitempty"`
	Pruned    int64          `json:"pruned,omitempty"` // server time of the last pruning
	BytesUp   int64          `json:"bytes_up,omitempty"`
	BytesDown int64          `json:"bytes_down,omitempty"`
	// Importing is set once a bundle is staged completely: from then on it will be imported, whatever happens.
	Importing *Importing `json:"importing,omitempty"`
	// Ended is when the server said that this phone has no access any more, its time; 0 while it has. Unwanted are the files
	// that nobody wanted by then: the records that say so leave the phone.
	Ended    int64   `json:"ended,omitempty"`
	Unwanted []int64 `json:"unwanted,omitempty"`
	// Removed is when, after that, everything was sent and taken off the phone; Swept says that no trace of it is left.
	Removed int64 `json:"removed,omitempty"`
	Swept   bool  `json:"swept,omitempty"`
	// Erasing are files in the vault, of records that were erased, which are still to be removed.
	Erasing []string `json:"erasing,omitempty"`
	// Push is where the phone is rung; nil for nowhere.
	Push *Push `json:"push,omitempty"`
	// Media is how files travel, if the person chose.
	Media *MediaChoice `json:"media,omitempty"`
}

// MediaChoice is what the person chose about files, as the engine writes it.
type MediaChoice struct {
	Policy json.RawMessage `json:"policy,omitempty"`
	Paused bool            `json:"paused,omitempty"`
}

// Identity is a device id with the randomness that proves it.
type Identity struct {
	Server string       `json:"server,omitempty"`
	Code   string       `json:"code,omitempty"`
	Device syncproto.ID `json:"device"`
	Nonce  string       `json:"nonce"`
	// Regroup says of a fork that the journal moves to the new device too.
	Regroup bool `json:"regroup,omitempty"`
}

// Join is one step of becoming a device, an enrollment or a fork, with the token that answered it. A server that was
// restored from before is asked each step again.
type Join struct {
	Identity
	Token string `json:"token"`
}

// Standin is a device, person and unit that nobody else knows.
type Standin struct {
	Device syncproto.ID `json:"device"`
	Person syncproto.ID `json:"person"`
	Unit   syncproto.ID `json:"unit"`
	// Heir is the device that took over at the enrollment, for the unit Home.
	Heir syncproto.ID `json:"heir,omitempty"`
	Home syncproto.ID `json:"home,omitempty"`
}

// Self returns under whom the phone captures: as it is enrolled, or under its stand-ins until then.
func (s *State) Self() Standin {
	if s.Device == "" && s.Standin != nil {
		return *s.Standin
	}
	return Standin{Device: s.Device, Person: s.Person, Unit: s.Unit}
}

// Importing is a bundle on its way from the staging table into the outbox.
type Importing struct {
	Added int64 `json:"added"`
	Known int64 `json:"known"`
	Last  int64 `json:"last"` // staged rows up to this one are done
}

// EpochNumber returns the place of an epoch in Epochs, adding it if it is new.
func (s *State) EpochNumber(epoch string) int {
	if i := slices.Index(s.Epochs, epoch); i >= 0 {
		return i
	}
	s.Epochs = append(s.Epochs, epoch)
	return len(s.Epochs) - 1
}

// EpochName returns the epoch at a place, "" if there is none.
func (s *State) EpochName(i int) string {
	if i < 0 || i >= len(s.Epochs) {
		return ""
	}
	return s.Epochs[i]
}

// State returns the profile's state; in an Update, what changes in it is written at the end.
func (t *Tx) State() (*State, error) {
	if t.state != nil {
		return t.state, nil
	}
	var doc []byte
	if _, err := t.one("SELECT doc FROM state", nil, &doc); err != nil {
		return nil, err
	}
	state := &State{}
	if err := json.Unmarshal(doc, state); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read state", err)
	}
	t.state = state
	return state, nil
}

// flush writes the state and the scopes that changed, once, at the end of a transaction.
func (t *Tx) flush() error {
	if t.state != nil {
		doc, err := json.Marshal(t.state)
		if err != nil {
			return err
		}
		if _, err := t.exec("UPDATE state SET doc = $1", doc); err != nil {
			return err
		}
	}
	return t.flushScopes()
}

// SealToken seals the device's token for State.Token.
func (s *Store) SealToken(token string) ([]byte, error) {
	return s.sealed.seal([]byte(token), "token")
}

// OpenToken opens State.Token.
func (s *Store) OpenToken(sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := s.sealed.open(sealed, "token")
	return string(plain), err
}

// SealJoins seals a list for State.Joins.
func (s *Store) SealJoins(joins []Join) ([]byte, error) {
	plain, err := json.Marshal(joins)
	if err != nil {
		return nil, err
	}
	return s.sealed.seal(plain, "joins")
}

// OpenJoins opens State.Joins. A store that was enrolled before it kept them has one step, which cannot be asked again.
func (s *Store) OpenJoins(state *State) (joins []Join, err error) {
	if len(state.Joins) == 0 {
		token, err := s.OpenToken(state.Token)
		return []Join{{Identity: Identity{Server: state.Server, Device: state.Device}, Token: token}}, err
	}
	plain, err := s.sealed.open(state.Joins, "joins")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(plain, &joins); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "read joins", err)
	}
	return joins, nil
}
