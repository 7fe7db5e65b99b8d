package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/webpush"
	"lantoa/storage"
	"lantoa/syncproto/catalogue"
)

// checkTime bounds push check: a token and a dry run, over a slow line.
const checkTime = 30 * time.Second

func runPush(c *call) error {
	word, err := c.sub("push", "check", "status", "keys")
	if err != nil || word == "" {
		return err
	}
	var cfg Config
	f := c.flags("push")
	dataFlag(f, &cfg)
	pushFlags(f, &cfg)
	asJSON := f.Bool("json", false, "server.flag_json")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if err := cfg.checkPush(); err != nil {
		return err
	}
	if err := c.vapidKeys(&cfg); err != nil {
		return err
	}
	switch word {
	case "check":
		return c.checkPushes(&cfg, *asJSON)
	case "keys":
		return c.makeKeys(&cfg, *asJSON)
	}
	return c.pushStatus(&cfg, *asJSON)
}

// checked is what push check found, for scripts. There is no secret in it.
type checked struct {
	Service  string `json:"service"`
	Works    bool   `json:"works"`
	Result   string `json:"result"`
	Code     string `json:"code,omitempty"`
	Project  string `json:"project,omitempty"`
	Account  string `json:"account,omitempty"`
	Expires  int64  `json:"token_expires,omitempty"`
	Skew     int64  `json:"clock_skew_ms"`
	Protocol string `json:"protocol,omitempty"`
}

// checkPushes tries the way to each service that is set up, without reaching a phone.
func (c *call) checkPushes(cfg *Config, asJSON bool) error {
	var list []checked
	sender, err := newFCM(c.ctx, cfg)
	if err != nil {
		return err
	}
	if sender != nil {
		defer sender.Close()
		ctx, cancel := context.WithTimeout(c.ctx, checkTime)
		defer cancel()
		list = append(list, ofFCM(sender.Check(ctx)))
	}
	web, _, err := newWebPush(cfg)
	if err != nil {
		return err
	}
	if web != nil {
		web.Close()
		list = append(list, checked{Service: string(push.WebPush), Works: true, Result: string(push.Accepted)})
	}
	if asJSON {
		if err := c.printJSON(list); err != nil {
			return err
		}
	} else {
		tellChecked(c.stdout, list)
	}
	return verdictOf(list)
}

func ofFCM(found fcm.Check) checked {
	out := checked{
		Service: string(push.FCM), Works: found.Works, Result: string(found.Verdict.Result), Project: found.Project,
		Account: found.Account, Skew: found.Clock.Milliseconds(), Protocol: found.Protocol,
	}
	if !found.Works {
		out.Code = found.Verdict.Code // of a dry run that works it is about its target, which is none
	}
	if !found.TokenExpires.IsZero() {
		out.Expires = found.TokenExpires.UnixMilli()
	}
	return out
}

// tellChecked prints what was found, with what to do next.
func tellChecked(w io.Writer, list []checked) {
	if len(list) == 0 {
		tell(w, "", "server.push_how", nil)
	}
	for i := range list {
		one := &list[i]
		mark, key := "✓", "server.push_works"
		if !one.Works {
			mark, key = "✗", "server.push_broken"
		}
		fmt.Fprintf(w, "%s %-8s %s\n", mark, one.Service, both(key, nil))
		row := func(key, value string) {
			if value != "" {
				fmt.Fprintf(w, "    %s: %s\n", both(key, nil), value)
			}
		}
		row("server.push_project", one.Project)
		row("server.push_account", one.Account)
		if one.Service == string(push.FCM) {
			row("server.push_clock", (time.Duration(one.Skew) * time.Millisecond).Round(time.Second).String())
			row("server.push_token", day(one.Expires))
			row("server.push_protocol", one.Protocol)
		}
		if one.Code != "" {
			row("server.push_code", one.Code)
			for _, lang := range catalogue.Languages() {
				fmt.Fprintln(w, "    → "+notify.NextStep(lang, one.Code))
			}
		}
	}
}

// passing are the results after which the same command may work without anything being changed.
var passing = []push.Result{push.Later, push.Unsure}

// passingCodes are those of a wrong configuration that are a network's instead.
var passingCodes = []string{"token_unreachable"}

// verdictOf is the exit code: 0 where all works, 9 where nothing is set up, 11 where it may pass, 10 where somebody has to
// change something. What there is to tell was told.
func verdictOf(list []checked) error {
	if len(list) == 0 {
		return ended(exitNotFound)
	}
	exit := exitDone
	for i := range list {
		one := &list[i]
		switch {
		case one.Works:
		case slices.Contains(passing, push.Result(one.Result)), slices.Contains(passingCodes, one.Code):
			exit = max(exit, exitUnfinished)
		default:
			return ended(exitRefused)
		}
	}
	if exit != exitDone {
		return ended(exit)
	}
	return nil
}

// makeKeys makes the keys of Web Push, once: with others every browser that registered is lost.
func (c *call) makeKeys(cfg *Config, asJSON bool) error {
	keys, err := readVAPID(cfg)
	if err != nil {
		return err
	}
	made := keys == nil
	if made {
		if cfg.PushContact == "" {
			return usageError("push keys -push-contact admin@example.vn")
		}
		if keys, err = writeVAPID(cfg); err != nil {
			return err
		}
	}
	if asJSON {
		return c.printJSON(map[string]any{"public": keys.Public, "contact": keys.Contact, "made": made})
	}
	key := "server.push_keys_kept"
	if made {
		key = "server.push_keys_made"
	}
	tell(c.stdout, "", key, words{"public": keys.Public, "path": cfg.path(vapidFile)})
	return nil
}

// writeVAPID makes keys and keeps them where only the server's user reads them. A file that is there is never replaced.
func writeVAPID(cfg *Config) (*vapid, error) {
	private, public, err := webpush.NewKeys()
	if err != nil {
		return nil, err
	}
	keys := &vapid{Private: private, Public: public, Contact: cfg.PushContact}
	sender, err := webpush.New(webpush.Options{Private: private, Public: public, Contact: keys.Contact})
	if err != nil {
		return nil, usageError("push-contact: %q", keys.Contact)
	}
	sender.Close()
	if err := makeDir(cfg.Data); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(cfg.path(vapidFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	return keys, nil
}

// standing is what push status tells, for scripts.
type standing struct {
	Registrations map[string]int64          `json:"registrations"`
	Waiting       map[storage.Class]waiting `json:"waiting"`
	Open          int                       `json:"open"` // calls and notices that are not over
	Paused        int                       `json:"paused"`
	Running       bool                      `json:"running"`
	Notes         []string                  `json:"notes"` // of the running server: services in trouble
}

type waiting struct {
	Count  int64 `json:"count"`
	Oldest int64 `json:"oldest"`
}

// pushStatus reads the database, beside a server that may be running, and asks that one which services are in trouble.
func (c *call) pushStatus(cfg *Config, asJSON bool) error {
	out := standing{Waiting: map[storage.Class]waiting{}, Notes: []string{}}
	err := c.withData(cfg, func(w *workshop) error {
		now := cfg.Now().UnixMilli()
		return w.store.View(c.ctx, func(r storage.Reader) (err error) { return out.read(r, now) })
	})
	if err != nil {
		return err
	}
	out.ask(c.ctx, cfg)
	if asJSON {
		return c.printJSON(out)
	}
	out.tell(c.stdout)
	return nil
}

func (o *standing) read(r storage.Reader, now int64) (err error) {
	if o.Registrations, err = r.RegistrationCounts(); err != nil {
		return err
	}
	for _, class := range []storage.Class{storage.ClassUrgent, storage.ClassWorkflow, storage.ClassRoutine} {
		n, oldest, err := r.Waiting(class, now)
		if err != nil {
			return err
		}
		o.Waiting[class] = waiting{n, oldest}
	}
	intents, err := r.Intents()
	o.Open, o.Paused = len(intents), 0
	for i := range intents {
		if intents[i].State == storage.IntentPaused {
			o.Paused++
		}
	}
	return err
}

// ask reads the notes of the running server, if there is one.
func (o *standing) ask(ctx context.Context, cfg *Config) {
	url, err := os.ReadFile(cfg.path(addressFile))
	if err != nil {
		return // it does not run
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSpace(string(url))+"/readyz", nil)
	if err != nil {
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	o.Running = resp.StatusCode == http.StatusOK
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "push ") {
			o.Notes = append(o.Notes, strings.TrimSpace(line))
		}
	}
}

func (o *standing) tell(w io.Writer) {
	fmt.Fprintln(w, both("server.push_registrations", nil))
	for _, name := range slices.Sorted(maps.Keys(o.Registrations)) {
		fmt.Fprintf(w, "%10d  %s\n", o.Registrations[name], name)
	}
	fmt.Fprintln(w, both("server.push_waiting", nil))
	for _, class := range []storage.Class{storage.ClassUrgent, storage.ClassWorkflow, storage.ClassRoutine} {
		fmt.Fprintf(w, "%10d  %-9s %s\n", o.Waiting[class].Count, class, day(o.Waiting[class].Oldest))
	}
	fmt.Fprintf(w, "%10s  %s\n", strconv.Itoa(o.Open), both("server.push_open", nil))
	if o.Paused > 0 {
		fmt.Fprintf(w, "%10s  %s\n", strconv.Itoa(o.Paused), both("server.push_paused", nil))
	}
	if !o.Running {
		fmt.Fprintln(w, both("server.push_not_running", nil))
	}
	for _, note := range o.Notes {
		fmt.Fprintln(w, "✗ "+note)
		if _, code, ok := strings.Cut(note, ": "); ok {
			for _, lang := range catalogue.Languages() {
				fmt.Fprintln(w, "    → "+notify.NextStep(lang, code))
			}
		}
	}
}
