package queue

import (
	"net/url"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
)

const someone = syncproto.ID("0192a4c0-0000-7000-8000-000000000001")

func TestAFilterIsItsAddress(t *testing.T) {
	for want, f := range map[string]filter{
		"/console/queue":           {View: desk.ViewMine},
		"/console/queue?view=open": {View: desk.ViewOpen},
		"/console/queue?flag=urgent&flag=child&q=c%C6%A1m+s%C3%B4i": {View: desk.ViewMine, Flags: []string{"urgent", "child"}, Text: "cơm sôi"},
		"/console/queue?age=24&state=submitted":                     {View: desk.ViewMine, Age: 24, States: []string{"submitted"}},
	} {
		if got := f.To(""); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if _, err := url.Parse(f.To(someone)); err != nil {
			t.Error(err)
		}
	}
}

func TestAChangedFilterBeginsAtItsFirstPage(t *testing.T) {
	f := filter{View: desk.ViewOpen, Flags: []string{"urgent"}, From: "mark"}
	more := f.change(func(c *filter) { c.Flags = toggle(c.Flags, "child") })
	less := f.change(func(c *filter) { c.Flags = toggle(c.Flags, "urgent") })
	if more.From != "" || len(more.Flags) != 2 || len(less.Flags) != 0 || len(f.Flags) != 1 || f.From != "mark" {
		t.Errorf("got %+v, %+v of %+v", more, less, f)
	}
	if !f.Narrow() || less.Narrow() {
		t.Error("a filter without anything narrows")
	}
}

func TestAnAgeAndADayAskForTheOlder(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	f := filter{View: desk.ViewMine, Age: 24, until: now.Add(-72 * time.Hour).UnixMilli(), Order: storage.OrderNewest}
	a := f.ask(now)
	if want := now.Add(-48 * time.Hour).UnixMilli(); a.Before != want || a.Order != storage.OrderNewest {
		t.Errorf("before %d, want %d", a.Before, want)
	}
	f.until = 0
	if want := now.Add(-24 * time.Hour).UnixMilli(); f.ask(now).Before != want {
		t.Errorf("before %d, want %d", f.ask(now).Before, want)
	}
}

func TestEveryOfferedCommandIsKnown(t *testing.T) {
	for _, view := range []desk.View{desk.ViewMine, desk.ViewOpen, desk.ViewAll, desk.ViewInbox} {
		for _, command := range offered(view) {
			if _, ok := bulkCommands[syncproto.Command(command)]; !ok {
				t.Errorf("%s offers %s", view, command)
			}
		}
	}
}
