package deskcli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callVerbs are what may stand behind the word call.
const callVerbs = "list|new|edit|copy|show|preview|propose|send|watch|stop|close|test|remind|result|reach|answers|unreached|check-in"

// callCommand is everything that officers do with calls.
func callCommand(s *session) func() error {
	w := &callWork{session: s, flags: newCallFlags(s)}
	return func() error {
		verb, err := s.word(0, callVerbs)
		if err != nil {
			return err
		}
		do, known := map[string]func() error{
			"list": w.list, "new": w.create, "edit": w.edit, "copy": w.about(""), "show": w.show, "preview": w.preview, "propose": w.propose, "send": w.send, "watch": w.watch,
			"stop": w.end("cancel"), "close": w.end("close"), "test": w.test, "remind": w.about(syncproto.CallReminder),
			"result": w.about(syncproto.CallResult), "reach": w.reach, "answers": w.answers, "unreached": w.unreached, "check-in": w.checkIn,
		}[verb]
		if !known {
			return s.misuse("desk.unknown_command", map[string]string{"command": "call " + verb})
		}
		return do()
	}
}

// callWork is one run of the command.
type callWork struct {
	*session
	flags *callFlags
}

func (w *callWork) list() error {
	query := url.Values{}
	if *w.flags.state != "" {
		query.Set("state", *w.flags.state)
	}
	var page campaign.Page
	if err := w.get("/v1/calls", query, &page); err != nil {
		return err
	}
	if w.json {
		return w.print(page)
	}
	if len(page.Calls) == 0 {
		w.line("desk.calls_empty", nil)
	}
	for i := range page.Calls {
		w.row(&page.Calls[i])
	}
	return nil
}

// row prints a call on one line.
func (w *callWork) row(r *campaign.Row) {
	mark := " "
	if r.Kind == syncproto.CallUrgent {
		mark = "!"
	}
	people := ""
	if r.Recipients > 0 {
		people = " · " + w.say("desk.call_recipients", map[string]string{"n": number(r.Recipients)})
	}
	units := names(r.Units[:min(len(r.Units), 1)])
	if more := len(r.Units) - 1; more > 0 {
		units += " +" + strconv.Itoa(more)
	}
	w.printf("%s%s  %-12s %-12s %s · %s%s\n", mark, short(r.ID), w.callState(r.State), w.known("call.kind_", string(r.Kind)), w.title(r.Title), units, people)
}

// title is what a call is called: drafts may have no words yet.
func (w *callWork) title(text string) string {
	return fallback(cut(text, 60), w.say("desk.call_untitled", nil))
}

func names(refs []campaign.Ref) string {
	all := make([]string, len(refs))
	for i := range refs {
		all[i] = fallback(refs[i].Name, short(refs[i].ID))
	}
	return strings.Join(all, ", ")
}

func (w *callWork) callState(state storage.CallState) string {
	return w.known("call.state_", string(state))
}

// call finds the call that a word names: by its id, or by an end of it that only one of the newest has.
func (w *callWork) call() (syncproto.ID, error) {
	word, err := w.word(1, "CALL")
	if err != nil {
		return "", err
	}
	if id := syncproto.ID(word); id.Valid() {
		return id, nil
	}
	var page campaign.Page
	if err := w.get("/v1/calls", nil, &page); err != nil {
		return "", err
	}
	var found []syncproto.ID
	for i := range page.Calls {
		if strings.HasSuffix(string(page.Calls[i].ID), word) {
			found = append(found, page.Calls[i].ID)
		}
	}
	if len(found) != 1 {
		return "", w.misuse("desk.call_unclear", map[string]string{"word": word})
	}
	return found[0], nil
}

// path is the address of a call, or of something of it.
func path(call syncproto.ID, of string) string {
	if of != "" {
		of = "/" + of
	}
	return "/v1/calls/" + string(call) + of
}

// read reads the call that the command names.
func (w *callWork) read() (*campaign.Call, error) {
	id, err := w.call()
	if err != nil {
		return nil, err
	}
	c := &campaign.Call{}
	return c, w.get(path(id, ""), nil, c)
}

// step posts an act about the revision that the call has now, and prints how it stands after it.
func (w *callWork) step(act string) error {
	c, err := w.read()
	if err != nil {
		return err
	}
	var after campaign.Call
	if err := w.post(path(c.ID, act), map[string]any{"revision": c.Revision}, &after); err != nil {
		return err
	}
	return w.tell(&after)
}

func (w *callWork) propose() error { return w.step("propose") }

func (w *callWork) send() error { return w.step("send") }

// end calls a call off, or closes it.
func (w *callWork) end(act string) func() error {
	return func() error {
		id, err := w.call()
		if err != nil {
			return err
		}
		var e campaign.Ended
		if err := w.post(path(id, act), nil, &e); err != nil {
			return err
		}
		if w.json {
			return w.print(e)
		}
		w.line("desk.call_ended", map[string]string{"handed": number(e.Handed), "way": number(e.UnderWay), "stopped": number(e.Stopped)})
		return w.tell(e.Call)
	}
}

func (w *callWork) test() error {
	id, err := w.call()
	if err != nil {
		return err
	}
	var t campaign.Trial
	if err := w.post(path(id, "test"), nil, &t); err != nil {
		return err
	}
	if w.json {
		return w.print(t)
	}
	w.line("desk.call_tested", nil)
	return nil
}

func (w *callWork) checkIn() error {
	id, err := w.call()
	if err != nil {
		return err
	}
	word, err := w.word(2, "PERSON")
	if err != nil {
		return err
	}
	person, err := w.answerer(id, word)
	if err != nil {
		return err
	}
	var at struct {
		Person   syncproto.ID    `json:"person"`
		Standing syncproto.State `json:"standing"`
		Count    int64           `json:"count"`
		Came     int64           `json:"came"`
	}
	if err := w.post(path(id, "check-in"), map[string]any{"person": person, "came": !*w.flags.undo}, &at); err != nil {
		return err
	}
	if w.json {
		return w.print(at)
	}
	w.line("desk.call_checked", map[string]string{"standing": w.standing(at.Standing)})
	return nil
}

// lookEvery is how often watch asks.
const lookEvery = time.Second

// watch shows how far the sending is, until it is over.
func (w *callWork) watch() error {
	c, err := w.read()
	if err != nil {
		return err
	}
	for {
		var p campaign.Progress
		if err := w.get(path(c.ID, "progress"), nil, &p); err != nil {
			return err
		}
		if w.json {
			err = w.print(p)
		} else {
			w.progress(c.Kind, &p)
		}
		if err != nil || p.State != storage.CallSending && p.State != storage.CallScheduled || *w.flags.once {
			return err
		}
		if !rest(w.ctx, lookEvery) {
			return w.ctx.Err()
		}
	}
}

// rest waits, and reports false if the command was interrupted.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// save writes what the server exports into a file, which must not exist: a list of people is not overwritten by mistake.
func (w *callWork) save(from, name string) error {
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.kept.Server+from, nil)
	if err != nil {
		return syncproto.E(syncproto.CodeUsage, "make request", err)
	}
	request.Header.Set("Accept-Language", string(w.lang))
	request.Header.Set("Authorization", "Bearer "+w.kept.Token)
	answer, err := client.Do(request)
	if err != nil {
		return syncproto.E(syncproto.CodeOffline, "ask server", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err != nil {
			return syncproto.E(syncproto.CodeOffline, "read answer", err)
		}
		return take(answer, data, nil)
	}
	return keep(name, answer.Body)
}

// keep writes a file whole or not at all.
func keep(name string, from io.Reader) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
	if err != nil {
		return syncproto.E(syncproto.CodeUsage, "make file", err)
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name)
		return syncproto.E(syncproto.CodeOffline, "read answer", err)
	}
	return nil
}

// unreached saves the list of those whom the call did not reach and who agreed to be telephoned.
func (w *callWork) unreached() error {
	id, err := w.call()
	if err != nil {
		return err
	}
	name := fallback(*w.flags.out, "unreached-"+short(id)+"."+*w.flags.format)
	query := url.Values{"format": {*w.flags.format}}
	if err := w.save(path(id, "unreached")+"?"+query.Encode(), name); err != nil {
		return err
	}
	w.line("desk.call_saved", map[string]string{"file": name})
	return nil
}

// ownerOnly is who may read a file of names and telephone numbers.
const ownerOnly os.FileMode = 0o600
