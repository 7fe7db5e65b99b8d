package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/answers"
	"lantoa/server/internal/app"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/push/standin"
	"lantoa/server/internal/syncer"
	encoding "lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// restart closes the server and starts it with other settings.
func (c *callTown) restart(change func(cfg *app.Config)) {
	c.t.Helper()
	c.stop()
	change(&c.cfg)
	http.DefaultClient.CloseIdleConnections()
	c.start()
}

// useKey gives the server another file of credentials.
func (c *callTown) useKey(key []byte) {
	c.t.Helper()
	c.restart(func(cfg *app.Config) {
		if err := os.WriteFile(cfg.FCMCredentials, key, 0o600); err != nil {
			c.t.Fatal(err)
		}
	})
}

func always(as standin.Behaviour) func(c *callTown) {
	return func(c *callTown) { c.fcm.BehaveAll(as) }
}

// garbage is a service account whose key is none.
func garbage(key []byte) []byte {
	var account map[string]string
	if err := json.Unmarshal(key, &account); err != nil {
		panic(err) // it is the stand-in's
	}
	account["private_key"] = "-----BEGIN PRIVATE KEY-----\nbmVpbg==\n-----END PRIVATE KEY-----\n"
	out, err := json.Marshal(account)
	if err != nil {
		panic(err)
	}
	return out
}

// TestServiceFails breaks the push service in every way while a call is sent. Officers and operators see what it is, nothing
// is lost, and when it is mended everybody is rung, by itself.
func TestServiceFails(t *testing.T) {
	mended := always(standin.OK)
	project := func(id string) func(c *callTown) {
		return func(c *callTown) { c.restart(func(cfg *app.Config) { cfg.FCMProject = id }) }
	}
	for name, f := range map[string]struct {
		breaks, mends func(c *callTown)
		code          string
		slow          bool // it takes as long as the engine waits for an answer
		twice         bool // the service took what it said nothing about
	}{
		"a key that is none": {
			breaks: func(c *callTown) { c.useKey(garbage(c.fcm.Credentials())) },
			mends:  func(c *callTown) { c.useKey(c.fcm.Credentials()) }, code: "credentials",
		},
		"another project":            {breaks: project("somebody-elses"), mends: project(""), code: "forbidden"},
		"a clock that is wrong":      {breaks: func(c *callTown) { c.fcm.SetSkew(3 * time.Hour) }, mends: func(c *callTown) { c.fcm.SetSkew(0) }, code: "clock"},
		"an account that was closed": {breaks: func(c *callTown) { c.fcm.TokenBehave(standin.Unauthenticated) }, mends: func(c *callTown) { c.fcm.TokenBehave(standin.OK) }, code: "credentials"},
		"no tokens":                  {breaks: func(c *callTown) { c.fcm.TokenBehave(standin.Unavailable) }, mends: func(c *callTown) { c.fcm.TokenBehave(standin.OK) }, code: "token_unreachable"},
		"401":                        {breaks: always(standin.Unauthenticated), mends: mended, code: "auth"},
		"403":                        {breaks: always(standin.Forbidden), mends: mended, code: "forbidden"},
		"a service that is off":      {breaks: always(standin.APIDisabled), mends: mended, code: "api_disabled"},
		"a bare 404":                 {breaks: always(standin.BareNotFound), mends: mended, code: "not_found"},
		"a redirect":                 {breaks: always(standin.Redirect), mends: mended, code: "http_307"},
		"429":                        {breaks: always(standin.QuotaExceeded), mends: mended, code: "quota"},
		"500":                        {breaks: always(standin.Internal), mends: mended, code: "no_answers"},
		"502":                        {breaks: always(standin.BadGateway), mends: mended, code: "no_answers"},
		"503":                        {breaks: always(standin.Unavailable), mends: mended, code: "no_answers"},
		"resets":                     {breaks: always(standin.ResetBefore), mends: mended, code: "no_answers"},
		"broken connections":         {breaks: always(standin.CutBefore), mends: mended, code: "no_answers"},
		"503 after taking":           {breaks: always(standin.UnavailableTaken), mends: mended, code: "no_answers", twice: true},
		"resets after taking":        {breaks: always(standin.ResetAfter), mends: mended, code: "no_answers", twice: true},
		"silence":                    {breaks: always(standin.Hang), mends: mended, code: "no_answers", slow: true},
	} {
		t.Run(name, func(t *testing.T) {
			if f.slow {
				slow(t)
			}
			t.Parallel()
			const size = 60
			c := newCallTown(t, 1)
			officer, operator := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer), c.hire("Vận", c.s.Root().ID, syncproto.RoleOperator)
			c.crowd(size, func(int) []syncproto.ID { return c.communes })
			c.fcm.Forbid("Nguyễn", "Hiến", "+84912")
			f.breaks(c)
			call := c.tells(syncproto.CallOrdinary, "Hiến máu", officer)
			c.seesFault(officer, operator, call.ID, f.code)
			f.mends(c)
			p := c.recovers(officer, operator, call.ID)
			again := c.fcm.Duplicates()
			if p.Persons[storage.DeliveryAccepted] != size || c.fcm.Accepted()-again != size || again > 0 && !f.twice {
				t.Errorf("of %d %d were taken, %d of them again: %+v", size, c.fcm.Accepted(), again, p)
			}
			if leaks := c.fcm.Leaks(); len(leaks) > 0 {
				t.Errorf("the payload tells %v", leaks)
			}
			c.noFaults()
		})
	}
}

// seesFault waits until a fault is shown to operators, with what to do, and to officers.
func (c *callTown) seesFault(officer, operator *seat, call syncproto.ID, code string) {
	c.t.Helper()
	var board notify.Picture
	shown := waitFor(time.Minute, func() bool {
		board = notify.Picture{}
		operator.get("/v1/staff/push", &board)
		s := board.Services[0]
		return s.Code == code && s.Breaker != "closed" || code == "quota" && s.Paused > 0
	})
	if s := board.Services[0]; !shown || s.Step == "" && code != "quota" || s.Since == 0 && code != "quota" {
		c.t.Fatalf("operators are shown %+v", board)
	}
	var p campaign.Progress
	officer.get("/v1/calls/"+string(call)+"/progress", &p)
	if len(p.Pace.Paused) != 1 || p.Pace.Paused[0].Code != code || p.Rest == 0 {
		c.t.Errorf("officers are shown %+v", p)
	}
	_, text := operator.send(http.MethodGet, "/v1/staff/push", nil)
	c.tellsNothing("board", string(text))
}

// recovers moves the clock until the service is tried again and everybody is rung.
func (c *callTown) recovers(officer, operator *seat, call syncproto.ID) *campaign.Progress {
	c.t.Helper()
	var p campaign.Progress
	looks := 0
	until(c.t, 2*time.Minute, "everybody is handed over", func() bool {
		p = campaign.Progress{}
		officer.get("/v1/calls/"+string(call)+"/progress", &p)
		if looks++; looks%20 == 0 && p.Rest > 0 {
			var board notify.Picture
			operator.get("/v1/staff/push", &board)
			c.move(max(time.UnixMilli(max(board.Services[0].Retry, board.Services[0].Paused)).Sub(c.now()), 0) + 20*time.Second)
			c.wakes(officer, call)
		}
		return p.Rest == 0 && p.Unplanned == 0
	})
	return &p
}

// tellsNothing looks for what is personal in a text that is in people's language.
func (c *callTown) tellsNothing(where, text string) {
	c.t.Helper()
	for _, secret := range append(slices.Clone(c.secrets), "Nguyễn Thị", "Hiến máu", "O+") {
		if strings.Contains(text, secret) {
			c.t.Errorf("the %s tells what is personal", where)
		}
	}
}

// refusedQuietly is a request that is refused with a code, in words that tell nothing of anybody.
func (c *callTown) refusedQuietly(s *seat, want syncproto.Code, method, path string, value any) {
	c.t.Helper()
	status, answer := s.send(method, path, value)
	var problem struct{ Code syncproto.Code }
	if err := json.Unmarshal(answer, &problem); err != nil || status/100 == 2 || problem.Code != want {
		c.t.Errorf("%s %s: %d %s, want %s", method, path, status, answer, want)
	}
	c.tellsNothing("refusal", string(answer))
}

// TestCallsForNobody: an audience of nobody is refused, and whoever did not agree that something is kept is never chosen by it.
func TestCallsForNobody(t *testing.T) {
	c := newCallTown(t, 2)
	root := c.s.Root().ID
	officer, admin := c.hire("Đông", root, syncproto.RoleOfficer), c.hire("Thủy", root, syncproto.RoleAdmin)
	all := c.crowd(20, func(int) []syncproto.ID { return c.communes[:1] })

	fact := "/v1/people/" + string(all[0].person) + "/facts/blood_group"
	c.refusedQuietly(admin, syncproto.CodeFactConsent, http.MethodPut, fact, object{"value": "O+", "how": ""})
	table := "phone,blood_group,last_whole_blood,consent\n" + all[1].phone + ",O+,2026-01-01,\n"
	status, answer := admin.send(http.MethodPost, "/v1/tags/import", []byte(table))
	if status/100 == 2 {
		t.Errorf("a table without consent is taken: %s", answer)
	}
	c.tellsNothing("refusal of a table", string(answer))

	for name, predicate := range map[string]string{
		"a unit of nobody":     fmt.Sprintf(`{"unit":%q}`, c.communes[1]),
		"a tag of nobody":      fmt.Sprintf(`{"all":[{"unit":%q},{"tag":"không ai"}]}`, root),
		"facts nobody told":    fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"blood_group","in":["O+"]}]}`, root),
		"not having a fact":    fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"fact":"blood_group","in":["O+"]}}]}`, root),
		"a gift nobody told":   fmt.Sprintf(`{"all":[{"unit":%q},{"fact":"last_whole_blood","at_least_days":84}]}`, root),
		"a role nobody has":    fmt.Sprintf(`{"all":[{"unit":%q},{"role":"editor"}]}`, c.communes[0]),
		"everybody and nobody": fmt.Sprintf(`{"all":[{"unit":%q},{"not":{"unit":%q}}]}`, root, root),
	} {
		t.Run(name, func(t *testing.T) {
			call := officer.compose(campaign.Draft{
				Units: []syncproto.ID{root}, Kind: syncproto.CallInformation, Title: "Hiến máu", Body: "Mời bà con.", Audience: json.RawMessage(predicate),
			})
			path := "/v1/calls/" + string(call.ID)
			if !strings.Contains(predicate, `"fact"`) { // whether facts choose anybody only the sending tells: figures on them are blurred
				c.refusedQuietly(officer, syncproto.CodeAudienceEmpty, http.MethodPost, path+"/propose", object{"revision": call.Revision})
			}
			c.refusedQuietly(officer, syncproto.CodeAudienceEmpty, http.MethodPost, path+"/send", object{"revision": call.Revision})
			var stays campaign.Call
			officer.get(path, &stays)
			if stays.State != storage.CallDraft {
				t.Errorf("a call to nobody is %s", stays.State)
			}
		})
	}
	c.view(func(r storage.Reader) error {
		open, err := r.Intents()
		if len(open) > 0 {
			t.Errorf("%d intents for nobody", len(open))
		}
		return err
	})
	if n := len(c.bells()); n > 0 {
		t.Errorf("%d targets were rung for nobody", n)
	}
	c.noFaults()
}

// TestAnAnswerAfterTheClosing is late, takes no place, and shows the call as closed.
func TestAnAnswerAfterTheClosing(t *testing.T) {
	c := newCallTown(t, 1)
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	lan := c.phone("Lan", c.communes[0], syncproto.RoleVolunteer)
	call := c.tells(syncproto.CallOrdinary, "Hiến máu", officer)
	officer.sent(call.ID)
	lan.sync()
	if err := lan.Answer(background, call.ID, mobilesdk.CallAnswer{Choice: syncproto.ChoiceYes}); err != nil { // offline
		t.Fatal(err)
	}
	officer.post("/v1/calls/"+string(call.ID)+"/close", nil, nil)
	lan.sync()
	lan.sync()
	if v := lan.inbox(call.ID); v == nil || v.Status != mobilesdk.CallClosed || v.Answer == nil || v.Answer.Standing != syncproto.StateLate {
		t.Errorf("the phone shows %+v", v)
	}
	c.view(func(r storage.Reader) error {
		places, err := r.Places(call.ID)
		if places != 0 {
			t.Errorf("%d places are taken", places)
		}
		return err
	})
	c.noFaults()
}

// TestTenThousandAnswers come as fast as the sync service takes them, for forty places: the first forty have one, the others
// wait in the order in which they came, and what comes free goes to the first of those.
func TestTenThousandAnswers(t *testing.T) {
	size, places := 10_000, int64(40)
	if testing.Short() {
		size = 800
	}
	c := newCallTown(t, 1, func(cfg *app.Config) { cfg.CallLarge = 20_000 })
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	all := c.crowd(size, func(int) []syncproto.ID { return c.communes })
	call := officer.compose(campaign.Draft{
		Units: c.communes, Kind: syncproto.CallOrdinary, Title: "Hiến máu", Body: "Mời bà con.", Capacity: places, Ends: c.now().Add(48 * time.Hour).UnixMilli(),
		Choices: []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}, Audience: json.RawMessage(fmt.Sprintf(`{"unit":%q}`, c.communes[0])),
	})
	officer.callStep(call.ID, "send")
	officer.sent(call.ID)

	began := time.Now()
	service := syncer.New(c.s.Store(), syncer.Options{Now: c.now, Caller: answers.Rules{}})
	var senders sync.WaitGroup
	for part := range 32 {
		senders.Go(func() {
			for i := part; i < size; i += 32 {
				c.answers(service, call.ID, &all[i], 1, syncproto.ChoiceYes)
			}
		})
	}
	senders.Wait()
	took := time.Since(began)
	first := c.inOrder(call.ID, size, places)
	t.Logf("%d answers in %s", size, took.Round(time.Millisecond))
	f := officer.funnel(call.ID)
	if got := []string{f.Total.Answered.String(), f.Total.Places.String(), f.Total.Waiting.String()}; !slices.Equal(got, []string{fmt.Sprint(size), "40", fmt.Sprint(size - 40)}) {
		t.Errorf("answered, places, waiting: %v", got)
	}

	// One of the forty cannot come, and the first who waits can.
	at := slices.IndexFunc(all, func(m resident) bool { return m.person == first[7] })
	c.answers(service, call.ID, &all[at], 2, syncproto.ChoiceNo)
	next := slices.IndexFunc(all, func(m resident) bool { return m.person == first[places] })
	officer.funnel(call.ID)
	c.hears(all[next].token, 2, "who waited first")
	c.view(func(r storage.Reader) error {
		moved, err := r.Recipient(call.ID, first[places])
		if err == nil && (moved.Standing != syncproto.StateRegistered || moved.Promoted == 0) {
			t.Errorf("who waited first is %+v", moved)
		}
		taken, placesErr := r.Places(call.ID)
		if taken != places {
			t.Errorf("%d places are taken", taken)
		}
		return firstError(err, placesErr)
	})
	c.noFaults()
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// answers brings one answer in a round of its own.
func (c *callTown) answers(service *syncer.Service, call syncproto.ID, m *resident, number int64, choice string) {
	said := syncproto.Mutation{
		Number: number, ID: syncproto.NewID(), Unit: c.communes[0], Kind: syncproto.KindAnswer, Record: syncproto.AnswerID(call, m.person),
		BaseRevision: number - 1,
		Set:          syncproto.Fields{syncproto.AnswerCallField: syncproto.Text(string(call)), syncproto.AnswerChoiceField: syncproto.Text(choice)},
	}
	ask := &syncproto.SyncRequest{Protocol: 1, Mutations: []syncproto.PushedMutation{{Mutation: said, Wire: syncproto.AppendMutation(nil, &said)}}}
	device := &storage.Device{ID: m.device, Person: m.person, Unit: c.communes[0], TokenHash: [32]byte([]byte(m.token)[:32]), Created: c.now().UnixMilli()}
	reply, err := service.Sync(background, device, ask, encoding.Identity)
	if err != nil {
		c.t.Errorf("answer: %v", err)
		return
	}
	got, err := syncproto.DecodeSyncResponse(reply.Body)
	if err != nil || len(got.Outcomes) != 1 || got.Outcomes[0].Result != syncproto.Applied && got.Outcomes[0].Result != syncproto.Merged {
		c.t.Errorf("an answer came out as %+v, %v", got, err)
	}
}

// inOrder checks who has a place and who waits, and returns everybody in the order in which they came.
func (c *callTown) inOrder(call syncproto.ID, size int, places int64) []syncproto.ID {
	c.t.Helper()
	order := make([]syncproto.ID, size)
	c.view(func(r storage.Reader) error {
		list, err := r.Recipients(call, "", size+1)
		if err != nil || len(list) != size {
			c.t.Fatalf("%d are on the list: %v", len(list), err)
		}
		for i := range list {
			one := &list[i]
			want := syncproto.StateRegistered
			if one.Arrived > places {
				want = syncproto.StateWaiting
			}
			if one.Arrived < 1 || one.Arrived > int64(size) || order[one.Arrived-1] != "" || one.Standing != want {
				c.t.Fatalf("somebody came as number %d and is %s", one.Arrived, one.Standing)
			}
			order[one.Arrived-1] = one.Person
		}
		waiting, err := r.WaitingList(call, size)
		if err != nil || int64(len(waiting)) != int64(size)-places {
			c.t.Fatalf("%d wait: %v", len(waiting), err)
		}
		for i := range waiting {
			if waiting[i].Person != order[places+int64(i)] {
				c.t.Fatalf("number %d waits out of order", i)
			}
		}
		taken, err := r.Places(call)
		if taken != places {
			c.t.Errorf("%d of %d places are taken", taken, places)
		}
		return err
	})
	return order
}
