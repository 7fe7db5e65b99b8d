package demo

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Config is what a demo is run with.
type Config struct {
	Phones   int    // 30 unless set
	Days     int    // 7 unless set
	Crowd    int    // people without a phone that syncs, for the call; 2,000 unless set
	Seed     uint64 // the same seed makes the same week, up to the timing of kills
	Dir      string // a folder that the demo may fill
	Language catalogue.Language
	Program  []string // the command line that runs PhoneProcess, without its own arguments
	Out      io.Writer
}

// week is one run.
type week struct {
	Config
	host    Host
	server  Server
	random  *rand.Rand
	phones  []*phone
	book    *ledger
	units   []unit
	dataDir string
	backup  string
	events  int // restores, kills, clones: how much happened
	http    *mobilesdk.HTTPTransport
	camera  *camera
	voided  int64 // bytes of unfinished files that went with the server
	odd     []oddity

	operator *seat
	seats    []*seat // of editors, the province last
	above    *seat   // of the province
	desks    *rand.Rand
	done     reviewed
	returns  map[syncproto.ID]int
	adopted  []syncproto.ID
	gone     *withdrawal
	merged   int64 // when the units merged, Unix ms

	bells *bells
	alarm *alarm // nil before the call

	lateItems   int      // that came for the unit that had ended
	unconsented []string // what was approved although consent was missing
}

// unit is a unit of the demo, made on the server.
type unit struct {
	id   syncproto.ID
	name string
}

// Outcome is what is left of a run.
type Outcome struct {
	OK     bool
	Server Server // left running if that was wanted
	// A photo on the server, and the token of an editor who may see it.
	Photo syncproto.ID
	Token string
	// The logins of an editor of the province, of the operator and of two officers ("" if there was no call), and the password
	// of all of them.
	Editor   string
	Operator string
	Officers [2]string
	Password string
}

// Run plays the week and checks it. The outcome says whether everything held; an error means that the demo could not
// run. The server is left running when keep is true.
func Run(ctx context.Context, host Host, cfg Config, keep bool) (out Outcome, err error) {
	if cfg.Phones == 0 {
		cfg.Phones = 30
	}
	if cfg.Days == 0 {
		cfg.Days = 7
	}
	if cfg.Crowd == 0 {
		cfg.Crowd = 2000
	}
	w := &week{
		Config: cfg, host: host, book: newLedger(), random: rand.New(rand.NewPCG(cfg.Seed, 1)),
		dataDir: filepath.Join(cfg.Dir, "server"), http: mobilesdk.NewHTTPTransport(), camera: newCamera(),
		desks: newRandom(cfg.Seed, 500), returns: map[syncproto.ID]int{},
	}
	w.odd = w.oddities()
	defer w.close()
	started := time.Now()
	if err := w.setUp(ctx); err != nil {
		return Outcome{}, fmt.Errorf("set up the province: %w", err)
	}
	for day := 1; day <= cfg.Days; day++ {
		if err := w.day(ctx, day); err != nil {
			return Outcome{Server: w.server}, fmt.Errorf("day %d: %w", day, err)
		}
	}
	if err := w.calm(ctx); err != nil {
		return Outcome{Server: w.server}, fmt.Errorf("the last sync: %w", err)
	}
	ok, seen, err := w.judge(ctx, time.Since(started))
	editor := w.above
	if keep && err == nil { // what is left waiting is by the province's own editor, who does not review it
		editor, err = w.staffed(ctx, syncproto.RoleEditor, newcomer, "bientapmoi")
	}
	if w.server != nil {
		if stopErr := w.server.Stop(ctx); err == nil {
			err = stopErr
		}
	}
	if keep && err == nil { // the push service goes with the demo, so the server that stays rings nobody
		w.server, err = w.host.Start(ctx, w.dataDir, nil)
	}
	out = Outcome{OK: ok, Server: w.server, Editor: editor.login, Operator: w.operator.login, Password: deskPassword}
	if seen != nil {
		out.Photo, out.Token = seen.show, seen.reader
	}
	if w.alarm != nil {
		out.Officers = [2]string{w.alarm.officers[0].login, w.alarm.officers[1].login}
	}
	return out, err
}

func (w *week) close() {
	for _, p := range w.phones {
		if p.engine != nil {
			p.engine.Close()
		}
		p.link.close()
	}
	w.bells.close()
}

func (w *week) say(key string, args map[string]string) {
	fmt.Fprintln(w.Out, catalogue.Text(w.Language, key, args))
}

// note tells of something special, set off from the days.
func (w *week) note(key string, args map[string]string) {
	fmt.Fprintln(w.Out, "  · "+catalogue.Text(w.Language, key, args))
}

// setUp starts the server, makes the province and enrols everybody.
func (w *week) setUp(ctx context.Context) (err error) {
	if w.bells, err = newBells(w.Dir); err != nil {
		return err
	}
	w.bells.service.Forbid(append(append([]string{callTitle, callBody, resultTitle, resultBody}, people...), titles...)...)
	if w.server, err = w.host.Start(ctx, w.dataDir, w.bells.ring); err != nil {
		return err
	}
	if err := w.addUnits(ctx, province, ""); err != nil {
		return err
	}
	w.say("demo.province", map[string]string{"units": fmt.Sprint(len(w.units)), "phones": fmt.Sprint(w.Phones), "url": w.server.URL()})
	for n := range w.Phones {
		if err := w.addPhone(ctx, n); err != nil {
			return fmt.Errorf("phone %d: %w", n, err)
		}
	}
	return w.seatAll(ctx)
}

func (w *week) addUnits(ctx context.Context, p place, parent syncproto.ID) error {
	id, err := w.server.AddUnit(ctx, p.name, p.level, parent)
	if err != nil {
		return err
	}
	w.units = append(w.units, unit{id, p.name})
	for _, below := range p.below {
		if err := w.addUnits(ctx, below, id); err != nil {
			return err
		}
	}
	return nil
}

// addPhone enrols one phone. Every sixth belongs to an editor; the first editor watches the whole province.
func (w *week) addPhone(ctx context.Context, n int) error {
	at, role := w.units[1+n%(len(w.units)-1)], syncproto.RoleVolunteer
	if n%6 == 0 {
		role = syncproto.RoleEditor
		at = w.units[(n/6)*endingUnit%len(w.units)]
	}
	off := time.Duration(0)
	p := &phone{
		number: n, name: people[n%len(people)], unit: at.name, role: role, book: w.book, camera: w.camera,
		dir:    filepath.Join(w.Dir, fmt.Sprintf("phone-%02d", n+1)),
		random: rand.New(rand.NewPCG(w.Seed, uint64(n)+100)), link: newLink(w.http, w.Seed+uint64(n)), away: map[int]bool{},
		keep: map[syncproto.ID]bool{}, leaving: n == w.leaver(),
	}
	if n%12 != 1 { // the others have an inbox only
		p.bell = w.bells.add("", p.name, false)
	}
	switch {
	case n == 7: // its battery ran out and the clock starts over
		off, p.fate = time.Until(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)), "demo.fate_clock_1970"
	case n == 11:
		off, p.fate = 2*365*24*time.Hour, "demo.fate_clock_ahead"
	case n%5 == 3: // up the river, without any network
		p.fate = "demo.fate_away"
		for day := 2; day < w.Days; day++ {
			p.away[day] = true
		}
	}
	p.clock = newClock(fmt.Sprintf("boot-%d", n), off)
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	w.phones = append(w.phones, p)
	code, err := w.server.Invite(ctx, at.id, role, p.name)
	if err != nil {
		return err
	}
	return p.engine.Enroll(ctx, w.server.URL(), code)
}
