package mobilesdk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lantoa/syncproto"
)

// This file is everything that an app calls. It stays within what gomobile can bind: signed integers, booleans,
// strings, byte slices, pointers to structs of this file, two interfaces, at most two results with the error second.
// Lists and views travel as JSON. Every method recovers from panics, is safe on a zero value, and may be called from
// any thread. The text of an error is "code: sentence", the code being one of package syncproto.

// Phone is one phone's folder with its profiles. Two people who share a phone have a profile each; nothing of one is
// visible in the other.
type Phone struct {
	dir *Directory
}

// OpenPhone opens or creates the folder. Pass the app's private files directory.
func OpenPhone(dir string) (p *Phone, err error) {
	defer guard(&err)
	d, err := OpenDirectory(dir)
	if err != nil {
		return nil, plain(err)
	}
	return &Phone{dir: d}, nil
}

// SetApp tells the server which app this is ("lantoa-android 1.2"), and in which language ("vi", "en") sentences are.
func (p *Phone) SetApp(version, language string) {
	if p != nil && p.dir != nil {
		p.dir.SetApp(version, language)
	}
}

// Profiles returns a JSON list of {name, pin, created, unsent}.
func (p *Phone) Profiles() (out []byte, err error) {
	defer guard(&err)
	if p == nil || p.dir == nil {
		return nil, unopened()
	}
	list, err := p.dir.List(context.Background())
	return encode(list, err)
}

// CreateProfile makes a profile. With a PIN, everything that people wrote is sealed on the phone: a forgotten PIN
// cannot be recovered.
func (p *Phone) CreateProfile(name, pin string) (err error) {
	defer guard(&err)
	if p == nil || p.dir == nil {
		return unopened()
	}
	return plain(p.dir.Create(context.Background(), name, pin))
}

// OpenProfile opens a profile; pin_wrong if the PIN does not fit. Close it before opening it again.
func (p *Phone) OpenProfile(name, pin string) (profile *Profile, err error) {
	defer guard(&err)
	if p == nil || p.dir == nil {
		return nil, unopened()
	}
	e, err := p.dir.Open(context.Background(), name, pin)
	if err != nil {
		return nil, plain(err)
	}
	return &Profile{engine: e}, nil
}

// RemoveProfile deletes a profile and everything in it. While something unsent or refused is in no exported file it
// refuses with unsent_kept, unless force says that the person was asked and means it.
func (p *Phone) RemoveProfile(name string, force bool) (err error) {
	defer guard(&err)
	if p == nil || p.dir == nil {
		return unopened()
	}
	return plain(p.dir.Remove(context.Background(), name, force))
}

// Profile is one open profile: capture, read, sync. Capturing and reading never wait for a sync.
type Profile struct {
	engine *Engine
	watch  watcher
}

// Listener hears of what happens while watching. Calls come one after another from one thread.
type Listener interface {
	// OnSync receives the JSON summary of a finished sync.
	OnSync(summary []byte)
	// OnMedia receives the JSON of a file (as in Media, without its title) when it moves or comes to rest: a few times a
	// second at most for each. Return soon: the sending waits for it.
	OnMedia(item []byte)
	// OnProblem receives "code: sentence" when a sync did not finish. It will be tried again.
	OnProblem(text string)
}

// Enroll joins the phone to a person and a unit with a code that an editor gave. It waits for the network. Repeating
// it after a lost reply is safe. Capturing and reading work before it: what was captured becomes the person's.
func (p *Profile) Enroll(server, code string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return plain(e.Enroll(ctx, server, code))
}

// EnrollAdopting is Enroll when it was refused with profile_other_person and the person in front of the phone says that
// the profile is theirs under the new identity too: what the server lost is then sent under that.
func (p *Profile) EnrollAdopting(server, code string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return plain(e.Adopt(ctx, server, code))
}

// Create captures a record and returns its id. Fields is a JSON object; parent is "" unless the record hangs under
// another.
func (p *Profile) Create(kind, parent string, fields []byte) (id string, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return "", err
	}
	set, err := parseFields(fields)
	if err != nil {
		return "", plain(err)
	}
	record, err := e.Create(context.Background(), syncproto.Kind(kind), syncproto.ID(parent), set)
	return string(record), plain(err)
}

// Edit captures a change: fields is a JSON object of what to set (null clears); add and remove are JSON objects of
// lists for set fields such as tags. Each may be empty.
func (p *Profile) Edit(record string, fields, add, remove []byte) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	patch, err := parsePatch(fields, add, remove)
	if err != nil {
		return plain(err)
	}
	return plain(e.Edit(context.Background(), syncproto.ID(record), patch))
}

// Delete captures the deletion of a record.
func (p *Profile) Delete(record string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Delete(context.Background(), syncproto.ID(record)))
}

// Command captures a step of a record's state machine: submit, withdraw, resolve, …
func (p *Profile) Command(record, command, reason string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Command(context.Background(), syncproto.ID(record), syncproto.Command(command), reason))
}

// RestoreConflict puts the losing side of a conflict back, as one act.
func (p *Profile) RestoreConflict(conflict string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.RestoreConflict(context.Background(), syncproto.ID(conflict)))
}

// DismissConflict accepts what the record holds. The losing side stays on the server.
func (p *Profile) DismissConflict(conflict string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.DismissConflict(context.Background(), syncproto.ID(conflict)))
}

// List returns JSON {items, next}, newest first. Kind and state may be ""; after is the next of the part before.
func (p *Profile) List(kind, state string, limit int, after string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	filter := Filter{Kind: syncproto.Kind(kind), State: syncproto.State(state), Limit: limit, After: after}
	list, err := e.List(context.Background(), filter)
	return encode(list, err)
}

// Children returns JSON {items, next}: what hangs under a record (photos, notes), oldest first.
func (p *Profile) Children(record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.List(context.Background(), Filter{Parent: syncproto.ID(record), Limit: maxList})
	return encode(list, err)
}

// Show returns one record as JSON with its fields, state, sending state and history.
func (p *Profile) Show(record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	item, err := e.Show(context.Background(), syncproto.ID(record))
	return encode(item, err)
}

// Outbox returns the JSON list of what waits, oldest first, above a number, at most limit.
func (p *Profile) Outbox(after int64, limit int) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Outbox(context.Background(), after, limit)
	return encode(list, err)
}

// Tray returns the JSON list of what the server refused, each with its reason.
func (p *Profile) Tray() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Tray(context.Background())
	return encode(list, err)
}

// RetryTray sends a refused item once more, as a new one: after a right was given, or a parent arrived.
func (p *Profile) RetryTray(n int64) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.RetryTray(context.Background(), n))
}

// DismissTray removes a refused item from the tray. The server keeps its copy.
func (p *Profile) DismissTray(n int64) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.DismissTray(context.Background(), n))
}

// ExportTray writes one refused item as JSON, complete, for a person to read or send.
func (p *Profile) ExportTray(n int64) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	out, err = e.ExportTray(context.Background(), n)
	return out, plain(err)
}

// Conflicts returns the JSON list of open conflicts that this person may decide.
func (p *Profile) Conflicts() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.Conflicts(context.Background())
	return encode(list, err)
}

// Status returns JSON: who, where, how much waits, the last sync, warnings.
func (p *Profile) Status() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	status, err := e.Status(context.Background())
	return encode(status, err)
}

// Export writes everything unsent and refused to a file. It all stays in the outbox.
func (p *Profile) Export(path string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	summary, err := e.Export(context.Background(), path)
	return encode(summary, err)
}

// Import takes an exported file into the outbox: all of it or nothing, and twice is the same as once.
func (p *Profile) Import(path string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	summary, err := e.Import(context.Background(), path, nil)
	return encode(summary, err)
}

// Sync exchanges everything with the server and returns the JSON summary, also beside an error. It waits for the
// network, tries again while the timeout lasts, and may run beside any other call.
func (p *Profile) Sync(timeoutMillis int64) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMillis)*time.Millisecond)
	defer cancel()
	summary, err := e.SyncRetrying(ctx)
	out, _ = json.Marshal(summary)
	return out, plain(err)
}

// StartWatching keeps the phone in step while the app is in front: it syncs at once, whenever the server pokes and
// whenever something is captured. A second call replaces the listener.
func (p *Profile) StartWatching(listener Listener) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	if listener == nil {
		return plain(syncproto.E(syncproto.CodeUsage, "watch", nil))
	}
	p.watch.start(e, listener)
	return nil
}

// StopWatching ends watching and waits until the last callback returned. Do not call it from a callback.
func (p *Profile) StopWatching() (err error) {
	defer guard(&err)
	if p != nil {
		p.watch.stop()
	}
	return nil
}

// Close ends watching and closes the store. What was captured is safe without it.
func (p *Profile) Close() (err error) {
	defer guard(&err)
	if p == nil || p.engine == nil {
		return nil
	}
	p.watch.stop()
	return plain(p.engine.Close())
}

func (p *Profile) open() (*Engine, error) {
	if p == nil || p.engine == nil {
		return nil, unopened()
	}
	return p.engine, nil
}

// guard turns a panic into an error: a panic that crosses into Java or Swift ends the app, and the volunteer's next
// capture with it.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = plain(syncproto.E(syncproto.CodeInternal, "recover", fmt.Errorf("%v", r)))
	}
}

// bound is an error as apps see it, where only the text crosses the border.
type bound struct{ err *syncproto.Error }

func (b bound) Error() string { return string(b.err.Code) + ": " + sentence(b.err.Code) }
func (b bound) Unwrap() error { return b.err }

func plain(err error) error {
	if err == nil {
		return nil
	}
	return bound{err: asError(err)}
}

func unopened() error { return plain(syncproto.E(syncproto.CodeUsage, "use a closed phone", nil)) }

func encode(v any, err error) ([]byte, error) {
	if err != nil {
		return nil, plain(err)
	}
	return json.Marshal(v)
}
