package mobilesdk_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// TestAKilledPhoneAcknowledgesOnce cuts a phone off before and after each durable write while a call comes, is opened and
// answered, and lets it go on from its file.
func TestAKilledPhoneAcknowledgesOnce(t *testing.T) {
	for cut := 1; ; cut++ {
		l := newLab(t)
		path := filepath.Join(t.TempDir(), "phone.db")
		first := l.bare(path, "", hook.Hooks{})
		l.must(first.Enroll(context.Background(), "http://lab", l.code("Lan", syncproto.RoleVolunteer)))
		first.sync()
		l.must(first.Close())
		call := l.call(nil, "Lan")
		left := cut
		hooks := hook.Hooks{Crash: func(string) {
			if left--; left == 0 {
				panic(died{})
			}
		}}
		finished := live(func() {
			e := l.bare(path, "", hooks)
			e.sync()
			l.must(e.Opened(context.Background(), call))
			e.says(call, "yes")
			e.sync()
		})
		p := l.bare(path, "", hook.Hooks{})
		p.sync()
		p.says(call, "no")
		l.must(p.Opened(context.Background(), call))
		if s := p.sync(); s.Rejected+s.Conflicts != 0 || s.Unsent != 0 {
			t.Fatalf("cut %d: %+v", cut, s)
		}
		r := l.record(syncproto.ReceiptID(call, p.person()))
		if !has(r, syncproto.ReceiptReceivedField, syncproto.ReceiptShownField, syncproto.ReceiptOpenedField) || r.Revision > 2 {
			t.Fatalf("cut %d: the receipt is %+v", cut, r)
		}
		if a := l.record(syncproto.AnswerID(call, p.person())); a.Fields["choice"] != syncproto.Text("no") || p.inbox().Unread != 0 {
			t.Fatalf("cut %d: the answer is %+v", cut, a)
		}
		l.oneOfEach()
		if finished {
			t.Logf("%d points", cut-1)
			return
		}
	}
}

func has(r *syncproto.Record, fields ...string) bool {
	for _, name := range fields {
		if r.Fields[name].IsNull() {
			return false
		}
	}
	return true
}

// TestDevicesOfOnePersonInAnyOrder lets three devices of one person do anything with a few calls over a bad link. Whatever comes
// of it, they agree in the end: one answer and one receipt a call, the first times, no conflict and nothing refused.
func TestDevicesOfOnePersonInAnyOrder(t *testing.T) {
	runs := 12
	if testing.Short() {
		runs = 3
	}
	for n := range runs {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			o := &ownDevices{lab: newLab(t), random: rand.New(rand.NewPCG(*seed, uint64(n))), first: map[string]syncproto.Value{}}
			for range 3 {
				o.phones = append(o.phones, o.phone("Lan", syncproto.RoleVolunteer))
			}
			for range 60 {
				o.now += o.random.Int64N(hourMillis)
				o.step()
				o.firstTimes()
			}
			o.agree()
		})
	}
}

// ownDevices are the devices of one person.
type ownDevices struct {
	*lab
	random *rand.Rand
	phones []*phone
	calls  []syncproto.ID
	first  map[string]syncproto.Value // what the server heard first, by record and field
}

func (o *ownDevices) step() {
	ctx := context.Background()
	p := o.phones[o.random.IntN(len(o.phones))]
	if len(o.calls) == 0 || o.random.IntN(12) == 0 {
		o.calls = append(o.calls, o.call(nil, "Lan"))
	}
	call := o.calls[o.random.IntN(len(o.calls))]
	var err error
	switch o.random.IntN(8) {
	case 0:
		err = p.Opened(ctx, call)
	case 1:
		err = p.Shown(ctx, call)
	case 2:
		err = p.TakeBack(ctx, call)
	case 3, 4:
		choice := []string{"yes", "no", "later"}[o.random.IntN(3)]
		err = p.Answer(ctx, call, mobilesdk.CallAnswer{Choice: choice, Count: o.random.Int64N(4)})
	default:
		p.link.set(func(k *link) { k.dropReply = o.random.IntN(3) })
		_, _ = p.Sync(ctx)
		p.link.set(func(k *link) { k.dropReply = 0 })
	}
	if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotThere { // the call has not come to this phone, or nothing was said
		o.t.Fatal(err)
	}
}

// firstTimes holds that what a receipt says is never said anew.
func (o *ownDevices) firstTimes() {
	for id, e := range o.server.State().Records {
		for name, value := range e.Record.Fields {
			if e.Record.Kind != syncproto.KindReceipt {
				continue
			}
			if key := string(id) + name; o.first[key] == "" {
				o.first[key] = value
			} else if o.first[key] != value {
				o.t.Fatalf("%s was %s and is %s", name, o.first[key], value)
			}
		}
	}
}

func (o *ownDevices) agree() {
	for range 2 {
		for _, p := range o.phones {
			p.sync()
		}
	}
	o.oneOfEach()
	for _, p := range o.phones {
		if st := p.status(); st.Unsent+st.Rejected+st.Conflicts+st.Repairs != 0 {
			o.t.Fatalf("status %+v", st)
		}
		if s := p.sync(); s.Sent != 0 {
			o.t.Fatalf("something is said for ever: %+v", s)
		}
	}
	for _, call := range o.calls {
		want := o.phones[0].view(call)
		for _, p := range o.phones {
			got := p.view(call)
			said := got.Answer == nil && want.Answer == nil || got.Answer != nil && want.Answer != nil &&
				got.Answer.Choice == want.Answer.Choice && got.Answer.Count == want.Answer.Count
			if got.Opened != want.Opened || got.Shown != want.Shown || !said {
				o.t.Fatalf("one shows %+v %+v, another %+v %+v", want, want.Answer, got, got.Answer)
			}
		}
	}
}
