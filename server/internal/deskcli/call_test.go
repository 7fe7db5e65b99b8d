package deskcli

import (
	"flag"
	"io"
	"reflect"
	"slices"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// work is a run of the command with flags.
func work(t *testing.T, args ...string) *callWork {
	t.Helper()
	s := &session{flags: flag.NewFlagSet("desk", flag.ContinueOnError)}
	s.flags.SetOutput(io.Discard)
	w := &callWork{session: s, flags: newCallFlags(s)}
	if err := s.parse(args); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestChoices(t *testing.T) {
	for _, c := range []struct {
		words []string
		kind  syncproto.CallKind
		want  []storage.Choice
	}{
		{nil, syncproto.CallUrgent, []storage.Choice{{Name: "yes", Takes: true}, {Name: "no"}}},
		{nil, syncproto.CallInformation, nil},
		{[]string{"yes", "boat+=Có xuồng", "no=Không"}, syncproto.CallOrdinary, []storage.Choice{
			{Name: "yes", Takes: true}, {Name: "boat", VI: "Có xuồng", Takes: true}, {Name: "no", VI: "Không"},
		}},
	} {
		if got := choices(c.words, c.kind); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v of a %s call: %+v", c.words, c.kind, got)
		}
	}
}

// TestEditLeavesTheRest changes what the flags say and nothing else.
func TestEditLeavesTheRest(t *testing.T) {
	was := &campaign.Call{
		Revision: 3, Kind: syncproto.CallUrgent, Title: "Cần máu", Body: "Ở bệnh viện.", Capacity: 40, Code: "MAU", Audience: []byte(`{"tag":"a"}`),
		Units: []campaign.Ref{{ID: syncproto.NewID()}}, Choices: []storage.Choice{{Name: "yes", Takes: true}}, Starts: 1,
	}
	d := draftOf(was)
	if err := work(t).onto(d); err != nil || !reflect.DeepEqual(d, draftOf(was)) {
		t.Errorf("without flags: %+v, %v", d, err)
	}
	want := draftOf(was)
	want.Title, want.Capacity, want.Starts = "Cần gấp máu", 50, 1795651800000
	if err := work(t, "-title", "Cần gấp máu", "-capacity", "50", "-starts", "2026-11-26 07:10").onto(d); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("with flags: %+v, %v", d, err)
	}
	if err := work(t, "-tag", "thanh niên").onto(d); err != nil || string(d.Audience) != `{"all":[{"unit":"`+string(was.Units[0].ID)+`"},{"tag":"thanh niên"}]}` {
		t.Errorf("audience: %s, %v", d.Audience, err)
	}
}

// TestVerbs offers words that the command knows, and nothing that was done.
func TestVerbs(t *testing.T) {
	every := []campaign.Act{
		campaign.ActEdit, campaign.ActPropose, campaign.ActSend, campaign.ActCancel, campaign.ActClose, campaign.ActTest, campaign.ActFollow, campaign.ActCopy,
	}
	for _, c := range []struct {
		call campaign.Call
		want []string
	}{
		{campaign.Call{State: storage.CallDraft, Acts: []campaign.Act{campaign.ActEdit, campaign.ActPropose}}, []string{"edit", "propose"}},
		{campaign.Call{State: storage.CallProposed, Acts: every[:4]}, []string{"edit", "send", "stop"}},
		{campaign.Call{State: storage.CallClosed, Recipients: 2, Acts: every[4:]}, []string{"test", "remind", "result", "copy", "reach", "answers", "unreached"}},
		{campaign.Call{State: storage.CallCancelled, Kind: syncproto.CallResult, Acts: []campaign.Act{campaign.ActCancel, campaign.ActFollow}}, nil},
	} {
		if got := verbs(&c.call); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.call.State, got, c.want)
		}
	}
}
