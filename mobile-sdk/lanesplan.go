package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// mediaPlan is what there is to do about files, read at one moment.
type mediaPlan struct {
	server string
	token  string
	policy MediaPolicy

	ready   []*phonestore.Media // may be sent now, in order
	known   []*phonestore.Media // announced on the server; what it says of them is wanted
	resting []int64             // would be sent or asked about if it were not too soon after they failed
	waiting int                 // without a receipt, parked ones left out
}

// planMedia reads everything at once. It holds no lock of the store.
func (e *Engine) planMedia(ctx context.Context) (*mediaPlan, error) {
	p := &mediaPlan{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		open, err := tx.MediaOpen()
		if err != nil || len(open) == 0 {
			return err
		}
		state, err := tx.State()
		if err != nil {
			return err
		}
		if state.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "send files", nil)
		}
		if p.token, err = e.store.OpenToken(state.Token); err != nil {
			return err
		}
		p.server, p.policy = state.Server, policyOf(state)
		j := judge{e: e, tx: tx, state: state, policy: p.policy, records: map[syncproto.ID]*announced{}}
		for _, m := range open {
			where, err := j.file(m)
			if err != nil {
				return err
			}
			p.sort(m, where)
		}
		return nil
	})
	return p, err
}

func (p *mediaPlan) sort(m *phonestore.Media, where FileState) {
	switch where {
	case FileParked, FileUnwanted:
		return
	case FileReady:
		p.ready = append(p.ready, m)
		p.known = append(p.known, m)
	case FileChecking, fileDoubted:
		p.known = append(p.known, m)
	case FileRetry:
		p.resting = append(p.resting, m.Seq)
	}
	if m.State == phonestore.MediaWaiting || m.State == phonestore.MediaChecking {
		p.waiting++
	}
}

// overtakes reports whether a file of a smaller lane may be sent now.
func (p *mediaPlan) overtakes(lane syncproto.Lane) bool {
	return len(p.ready) > 0 && laneOrder(p.ready[0].Lane) < laneOrder(lane)
}

func laneOrder(lane syncproto.Lane) int {
	for i, l := range syncproto.Lanes() {
		if l == lane {
			return i
		}
	}
	return len(syncproto.Lanes())
}

// questions returns which files the server has to be asked about: at most one request's worth, and none behind as many
// that can be sent already. Files that the server has, or does not take now, are passed by.
func (p *mediaPlan) questions(said map[int64]syncproto.MediaStatus) (out []*phonestore.Media) {
	sendable := 0
	for _, m := range p.known {
		if sendable+len(out) == syncproto.MaxMediaAsk {
			break
		}
		switch status, known := said[m.Seq]; {
		case !known:
			out = append(out, m)
		case toSend(status.State):
			sendable++
		}
	}
	return out
}

// toSend reports whether the server wants bytes of a file.
func toSend(state syncproto.MediaState) bool {
	return state == syncproto.MediaNeed || state == syncproto.MediaReceiving
}

// FileState is where a file of this phone is, as a person sees it.
type FileState string

// The states of files.
const (
	FileReady    FileState = "waiting"          // goes next
	FileRecord   FileState = "waiting_record"   // its record has not reached the server
	FileWifi     FileState = "waiting_for_wifi" // as the policy says
	FileYes      FileState = "waiting_for_yes"  // the policy says to ask
	FileNetwork  FileState = "waiting_network"  // there is none
	FileRetry    FileState = "waiting_retry"    // it failed, and is tried again by itself; Code may say why
	FilePaused   FileState = "paused"
	FileSending  FileState = "sending"
	FileChecking FileState = "checking" // the server has it whole and looks at it
	FileReceived FileState = "received" // the server gave its receipt
	FileFreed    FileState = "freed"    // received, and taken off this phone
	FileParked   FileState = "parked"   // Code says why; retry, or attach it again
	FileUnwanted FileState = "unwanted" // the photo was deleted, or has another file now

	fileDoubted FileState = "doubted" // received before the server was restored
)

// announced is what is known of a photo's announcement.
type announced struct {
	server  *syncproto.Media // as the server's record has it; nil if the phone has none
	view    *syncproto.Media // as the person sees it
	sent    map[string]bool  // lanes and hashes in mutations that the server accepted
	named   map[string]bool  // and in any that is known
	there   bool             // the phone shows the photo
	deleted bool
	waiting map[string]bool // and in mutations in the outbox and the tray
}

// judge says of files where they are.
type judge struct {
	e       *Engine
	tx      *phonestore.Tx
	state   *phonestore.State
	policy  MediaPolicy
	records map[syncproto.ID]*announced
}

func (j *judge) file(m *phonestore.Media) (FileState, error) {
	received := m.State == phonestore.MediaStored || m.State == phonestore.MediaFreed
	switch {
	case received && !m.Doubt && m.State == phonestore.MediaStored:
		return FileReceived, nil
	case received && !m.Doubt:
		return FileFreed, nil
	}
	record, err := j.announcement(m)
	switch {
	case err == nil && m.State == phonestore.MediaParked && record != FileUnwanted:
		return FileParked, nil
	case err != nil || record != FileReady:
		return record, err
	}
	asked := received || m.State == phonestore.MediaChecking // no bytes of it travel
	if !asked && (m.Paused || j.state.Media != nil && j.state.Media.Paused) {
		return FilePaused, nil
	}
	if !asked {
		if may := j.e.lanes.may(m, j.policy.of(m.Lane)); may != FileReady {
			return may, nil
		}
	}
	switch {
	case j.e.lanes.resting(m.Seq):
		return FileRetry, nil
	case received:
		return fileDoubted, nil
	case asked:
		return FileChecking, nil
	}
	return FileReady, nil
}

// parked counts the files that wait for a person: those of a photo that was deleted, or has another file now, do not.
func (e *Engine) parked(tx *phonestore.Tx, state *phonestore.State) (n int64, err error) {
	found, err := tx.MediaParked()
	j := judge{e: e, tx: tx, state: state, records: map[syncproto.ID]*announced{}}
	for _, m := range found {
		where, err := j.file(m)
		if err != nil {
			return n, err
		}
		if where == FileParked {
			n++
		}
	}
	return n, err
}

// may says whether the network and the policy let a file go.
func (l *lanes) may(m *phonestore.Media, when When) FileState {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.network == NetworkNone:
		return FileNetwork
	case when == WhenAsk && !m.Anyway:
		return FileYes
	case when == WhenWifi && !m.Anyway && l.network != NetworkWifi:
		return FileWifi
	}
	return FileReady
}

// resting reports whether a file is left alone for now.
func (l *lanes) resting(seq int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.respites[seq]
	return r != nil && time.Now().Before(r.until)
}

// announcement says whether the server was told of a file.
func (j *judge) announcement(m *phonestore.Media) (FileState, error) {
	a := j.records[m.Record]
	if a == nil {
		var err error
		if a, err = j.read(m.Record); err != nil {
			return "", err
		}
		j.records[m.Record] = a
	}
	names := func(media *syncproto.Media) bool { return namesFile(media, m) }
	key := announcementKey(m.Lane, m.SHA256)
	switch {
	case a.deleted:
		return FileUnwanted, nil
	case j.state.Ended > 0:
		return j.afterEnd(m, a), nil
	case names(a.server) && names(a.view):
		return FileReady, nil
	case a.waiting[key]:
		return FileRecord, nil
	case a.server == nil && a.sent[key]: // the record left the phone; the server says whether it still wants the file
		return FileReady, nil
	}
	return FileUnwanted, nil
}

// namesFile reports whether media names a file.
func namesFile(media *syncproto.Media, m *phonestore.Media) bool {
	if media == nil {
		return false
	}
	f, ok := media.File(m.Lane)
	return ok && f == m.MediaFile
}

func announcementKey(lane syncproto.Lane, sum string) string { return string(lane) + sum }

func (j *judge) read(id syncproto.ID) (*announced, error) {
	a := &announced{sent: map[string]bool{}, waiting: map[string]bool{}, named: map[string]bool{}}
	cur, err := j.e.current(j.tx, id)
	if err != nil {
		return nil, err
	}
	a.there = cur.record != nil
	a.deleted = a.there && cur.record.Deleted
	if media, ok := syncproto.MediaOf(cur.server); ok {
		a.server = &media
	}
	if media, ok := syncproto.MediaOf(cur.record); ok {
		a.view = &media
	}
	history, err := j.tx.History(id)
	if err != nil {
		return nil, err
	}
	for _, stored := range history {
		set := decoded(stored).Set
		media, ok := syncproto.MediaOf(&syncproto.Record{Kind: syncproto.KindPhoto, Fields: set})
		if !ok {
			continue
		}
		for _, lane := range syncproto.Lanes() {
			f, has := media.File(lane)
			if !has {
				continue
			}
			key := announcementKey(lane, f.SHA256)
			a.named[key] = true
			switch {
			case !stored.Judged || stored.Tray:
				a.waiting[key] = true
			case stored.Outcome.Result != syncproto.Rejected:
				a.sent[key] = true
			}
		}
	}
	return a, nil
}
