package item

import (
	"slices"
	"strconv"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Act is a button of the sheet.
type Act struct {
	Command string
	Key     string         // that presses it
	Icon    string         //
	Form    bool           // it asks for something first, on a page of its own
	Claim   bool           // a claim goes before it, in the same post
	Main    bool           // what somebody most likely came for
	Danger  bool           //
	Code    syncproto.Code // why it cannot be done now
}

// look is how a command is shown, and whether something has to be asked first.
var look = map[string]Act{
	"approve":   {Key: "a", Icon: "check", Main: true},
	"publish":   {Key: "b", Icon: "star", Main: true},
	"adopt":     {Key: "a", Icon: "inbox", Main: true},
	"return":    {Key: "c", Icon: "undo", Form: true},
	"decline":   {Key: "r", Icon: "cross", Form: true, Danger: true},
	"claim":     {Key: "t", Icon: "flag"},
	"release":   {Key: "t", Icon: "flag"},
	"hand_over": {Icon: "people", Form: true},
	"edit":      {Key: "e", Icon: "edit", Form: true},
	"correct":   {Icon: "edit", Form: true},
	"take_down": {Icon: "hide", Form: true, Danger: true},
	"reinstate": {Icon: "eye", Form: true},
	"undo":      {Icon: "undo"},
}

// shownAs is the order of the buttons.
var shownAs = []string{
	"adopt", "approve", "publish", "return", "decline", "correct", "edit", "claim", "hand_over", "release", "take_down", "reinstate", "undo",
}

// acts are the buttons of the sheet. Where the machine demands a claim first and nobody else holds one, approving does
// both: an editor who has read a text and agrees need not say so twice.
func (b *builder) acts(s *Sheet) (list []Act) {
	for i := range b.story.Acts {
		button := &b.story.Acts[i]
		act, ok := look[button.Command]
		if !ok || button.Command == "claim" && s.Mine || button.Command == "undo" && s.Hold <= s.Now || button.Code == syncproto.CodeClaimed && !decides(button.Command) {
			continue
		}
		act.Command, act.Code = button.Command, button.Code
		list = append(list, act)
	}
	if claim := find(b.story.Acts, "claim"); claim != nil && find(b.story.Acts, "approve") == nil {
		act := look["approve"]
		act.Command, act.Claim, act.Code = "approve", true, claim.Code
		if len(b.story.Lacks) > 0 && act.Code == "" {
			act.Code = syncproto.CodeConsentMissing
		}
		list = append(list, act)
	}
	slices.SortStableFunc(list, func(x, y Act) int {
		return slices.Index(shownAs, x.Command) - slices.Index(shownAs, y.Command)
	})
	return list
}

// decides reports whether a command settles something: where another holds the submission, only those are shown as barred.
func decides(command string) bool {
	return slices.Contains([]string{"approve", "return", "decline", "publish"}, command)
}

func find(buttons []desk.Button, command string) *desk.Button {
	e := entry{acts: buttons}
	return e.button(command)
}

// Bar is why some of the buttons cannot be pressed now.
type Bar struct {
	Code     syncproto.Code
	Commands []string
}

// Barred are the reasons why buttons cannot be pressed now, each once.
func (s *Sheet) Barred() (list []Bar) {
	for _, act := range s.Acts {
		if act.Code == "" {
			continue
		}
		i := slices.IndexFunc(list, func(b Bar) bool { return b.Code == act.Code })
		if i < 0 {
			list = append(list, Bar{Code: act.Code})
			i = len(list) - 1
		}
		list[i].Commands = append(list[i].Commands, act.Command)
	}
	return list
}

// Fresh is an identity for an act, drawn with its form: sent twice, it happens once.
func (s *Sheet) Fresh() syncproto.ID { return syncproto.NewID() }

// number reads a number with a fraction.
func number(v syncproto.Value) (float64, bool) {
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil
}
