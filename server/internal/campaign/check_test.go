package campaign_test

import (
	"encoding/json"
	"strings"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestDraftsThatAreRefused tries drafts that are wrong in one member each.
func TestDraftsThatAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	many := make([]syncproto.ID, 33)
	for i := range many {
		many[i] = syncproto.NewID()
	}
	choice := func(c ...storage.Choice) func(d *campaign.Draft) {
		return func(d *campaign.Draft) { d.Choices = c }
	}
	yes := storage.Choice{Name: syncproto.ChoiceYes, Takes: true}
	for name, c := range map[string]struct {
		set  func(d *campaign.Draft)
		want syncproto.Code
		at   string
	}{
		"no kind":                    {func(d *campaign.Draft) { d.Kind = "" }, syncproto.CodeInvalidValue, "kind"},
		"a kind that is none":        {func(d *campaign.Draft) { d.Kind = "spam" }, syncproto.CodeInvalidValue, "kind"},
		"an id that is none":         {func(d *campaign.Draft) { d.ID = "x" }, syncproto.CodeInvalidID, "id"},
		"no unit":                    {func(d *campaign.Draft) { d.Units = nil }, syncproto.CodeMissingMember, "units"},
		"a unit twice":               {func(d *campaign.Draft) { d.Units = append(d.Units, d.Units[0]) }, syncproto.CodeInvalidValue, "units[1]"},
		"a unit that is no id":       {func(d *campaign.Draft) { d.Units = []syncproto.ID{"x"} }, syncproto.CodeInvalidID, "units[0]"},
		"too many units":             {func(d *campaign.Draft) { d.Units = many }, syncproto.CodeTooMany, "units"},
		"a unit nobody knows":        {func(d *campaign.Draft) { d.Units = many[:1] }, syncproto.CodeForbidden, "units[0]"},
		"a title of 301 bytes":       {func(d *campaign.Draft) { d.Title = strings.Repeat("a", 301) }, syncproto.CodeTooLarge, "title"},
		"a title of 101 Vietnamese":  {func(d *campaign.Draft) { d.Title = strings.Repeat("ệ", 101) }, syncproto.CodeTooLarge, "title"},
		"a title of two lines":       {func(d *campaign.Draft) { d.Title = "a\nb" }, syncproto.CodeInvalidValue, "title"},
		"a bell in the body":         {func(d *campaign.Draft) { d.Body = "a\ab" }, syncproto.CodeInvalidValue, "body"},
		"a body of 8 KiB and one":    {func(d *campaign.Draft) { d.Body = strings.Repeat("a", 8<<10+1) }, syncproto.CodeTooLarge, "body"},
		"an English body too large":  {func(d *campaign.Draft) { d.BodyEN = strings.Repeat("a", 8<<10+1) }, syncproto.CodeTooLarge, "body_en"},
		"an end before the start":    {func(d *campaign.Draft) { d.Ends = d.Starts }, syncproto.CodeCallTime, "ends"},
		"a deadline after the end":   {func(d *campaign.Draft) { d.Deadline = d.Ends + 1 }, syncproto.CodeCallTime, "deadline"},
		"a time in 1970":             {func(d *campaign.Draft) { d.Starts = 1 }, syncproto.CodeCallTime, "starts"},
		"a negative time":            {func(d *campaign.Draft) { d.Deadline = -1 }, syncproto.CodeCallTime, "deadline"},
		"a schedule after the end":   {func(d *campaign.Draft) { d.Due = d.Ends }, syncproto.CodeCallTime, "due"},
		"a negative capacity":        {func(d *campaign.Draft) { d.Capacity = -1 }, syncproto.CodeInvalidValue, "capacity"},
		"a capacity nobody takes":    {choice(storage.Choice{Name: "no"}), syncproto.CodeInvalidValue, "capacity"},
		"a choice twice":             {choice(yes, yes), syncproto.CodeInvalidValue, "choices[1].name"},
		"a choice without a name":    {choice(yes, storage.Choice{VI: "Có"}), syncproto.CodeInvalidValue, "choices[1].name"},
		"a choice with a wild name":  {choice(yes, storage.Choice{Name: "Hôm khác", VI: "x"}), syncproto.CodeInvalidValue, "choices[1].name"},
		"a choice without words":     {choice(yes, storage.Choice{Name: "later"}), syncproto.CodeCallText, "choices[1].vi"},
		"words of a choice too long": {choice(storage.Choice{Name: "yes", Takes: true, EN: strings.Repeat("x", 121)}), syncproto.CodeTooLarge, "choices[0].en"},
		"choices of an information":  {func(d *campaign.Draft) { d.Kind, d.Capacity = syncproto.CallInformation, 0 }, syncproto.CodeInvalidValue, "choices"},
		"choices of a reminder": {func(d *campaign.Draft) {
			d.Kind, d.About, d.Capacity, d.Audience = syncproto.CallReminder, many[0], 0, nil
		}, syncproto.CodeInvalidValue, "choices"},
		"a reminder about nothing": {func(d *campaign.Draft) { d.Kind = syncproto.CallReminder }, syncproto.CodeInvalidValue, "about"},
		"a call about another":     {func(d *campaign.Draft) { d.About = many[0] }, syncproto.CodeInvalidValue, "about"},
		"a campaign nobody knows":  {func(d *campaign.Draft) { d.Campaign = many[0] }, syncproto.CodeNotFound, "campaign"},
		"a place that is a number": {func(d *campaign.Draft) { d.Place = "5" }, syncproto.CodeInvalidValue, "place"},
		"a place without end": {func(d *campaign.Draft) {
			d.Place = syncproto.Object(syncproto.Fields{"x": syncproto.Text(strings.Repeat("a", 2048))})
		}, syncproto.CodeTooLarge, "place"},
		"eleven attachments":          {func(d *campaign.Draft) { d.Attachments = many[:11] }, syncproto.CodeTooMany, "attachments"},
		"an attachment twice":         {func(d *campaign.Draft) { d.Attachments = []syncproto.ID{many[0], many[0]} }, syncproto.CodeInvalidValue, "attachments[1]"},
		"a code of three letters":     {func(d *campaign.Draft) { d.Code = "a - b c" }, syncproto.CodeInvalidValue, "code"},
		"a predicate that is none":    {func(d *campaign.Draft) { d.Audience = json.RawMessage(`{"unit":5}`) }, syncproto.CodeAudienceInvalid, "audience.unit"},
		"a predicate on no fact":      {func(d *campaign.Draft) { d.Audience = json.RawMessage(`{"fact":"shoe_size","in":["44"]}`) }, syncproto.CodeFactUnknown, "audience.fact"},
		"an audience among nobody's":  {func(d *campaign.Draft) { d.Among = campaign.AmongSilent }, syncproto.CodeAudienceInvalid, "among"},
		"a link to another site":      {func(d *campaign.Draft) { d.Link = "https://evil.example/x" }, syncproto.CodeCallLink, "link"},
		"a link that looks like ours": {func(d *campaign.Draft) { d.Link = "https://hienmau.example.evil.example" }, syncproto.CodeCallLink, "link"},
		"a link that ends like ours":  {func(d *campaign.Draft) { d.Link = "https://xhienmau.example/" }, syncproto.CodeCallLink, "link"},
		"a link with a user":          {func(d *campaign.Draft) { d.Link = "https://hienmau.example@evil.example/" }, syncproto.CodeCallLink, "link"},
		"a link without encryption":   {func(d *campaign.Draft) { d.Link = "http://hienmau.example/" }, syncproto.CodeCallLink, "link"},
		"a link to another port":      {func(d *campaign.Draft) { d.Link = "https://hienmau.example:8443/" }, syncproto.CodeCallLink, "link"},
		"a script":                    {func(d *campaign.Draft) { d.Link = "javascript:alert(1)" }, syncproto.CodeCallLink, "link"},
		"a path of another site":      {func(d *campaign.Draft) { d.Link = "//evil.example/x" }, syncproto.CodeCallLink, "link"},
		"a path with backslashes":     {func(d *campaign.Draft) { d.Link = `/\evil.example` }, syncproto.CodeCallLink, "link"},
		"a path above the app":        {func(d *campaign.Draft) { d.Link = "/calls/../../x" }, syncproto.CodeCallLink, "link"},
		"a relative path":             {func(d *campaign.Draft) { d.Link = "calls" }, syncproto.CodeCallLink, "link"},
		"a link of 501 bytes":         {func(d *campaign.Draft) { d.Link = "/" + strings.Repeat("a", 500) }, syncproto.CodeCallLink, "link"},
	} {
		t.Run(name, func(t *testing.T) {
			d := w.draft()
			c.set(&d)
			_, err := w.calls.Create(t.Context(), w.dong, &d)
			wantCode(t, err, c.want, c.at)
		})
	}
	if page, err := w.calls.List(t.Context(), w.dong, campaign.Filter{}); err != nil || len(page.Calls) != 0 {
		t.Errorf("something was made: %+v %v", page, err)
	}
}

// TestDraftsThatAreTaken tries drafts at the limits.
func TestDraftsThatAreTaken(t *testing.T) {
	w := newWorld(t, nil)
	for name, set := range map[string]func(d *campaign.Draft){
		"half written": func(d *campaign.Draft) {
			*d = campaign.Draft{Units: d.Units, Kind: d.Kind}
		},
		"a title of 300 bytes":        func(d *campaign.Draft) { d.Title = strings.Repeat("a", 300) },
		"a body of 8 KiB, with lines": func(d *campaign.Draft) { d.Body = "a\n\tb" + strings.Repeat("a", 8<<10-4) },
		"several units":               func(d *campaign.Draft) { d.Units = []syncproto.ID{w.here, w.beside} },
		"a link inside the app":       func(d *campaign.Draft) { d.Link = "/calls/1?x=y#z" },
		"the app itself":              func(d *campaign.Draft) { d.Link = "/" },
		"a site that was allowed":     func(d *campaign.Draft) { d.Link = "https://hienmau.example/x?y=1" },
		"a site below it":             func(d *campaign.Draft) { d.Link = "https://WWW.hienmau.example:443/" },
		"no choices":                  func(d *campaign.Draft) { d.Choices, d.Capacity = nil, 0 },
		"only a start":                func(d *campaign.Draft) { d.Ends, d.Deadline = 0, 0 },
		"a code":                      func(d *campaign.Draft) { d.Code = "BÌNH-7" },
	} {
		t.Run(name, func(t *testing.T) {
			w.makes(w.dong, set)
		})
	}
}

// TestTextsAreStoredInOneForm writes decomposed Vietnamese with blanks.
func TestTextsAreStoredInOneForm(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Title, d.Place = "  Hiến máu cứu ngươ\u0300i ", syncproto.Null })
	if c.Title != "Hiến máu cứu người" || c.Place != "" {
		t.Errorf("got %q, %q", c.Title, c.Place)
	}
}

// TestWhatKeepsACallFromGoingOut tries to send what could be written down.
func TestWhatKeepsACallFromGoingOut(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		set  func(d *campaign.Draft)
		want syncproto.Code
		at   string
	}{
		"no title":                    {func(d *campaign.Draft) { d.Title = " " }, syncproto.CodeCallText, "title"},
		"no body":                     {func(d *campaign.Draft) { d.Body = "" }, syncproto.CodeCallText, "body"},
		"no audience":                 {func(d *campaign.Draft) { d.Audience = nil }, syncproto.CodeAudienceInvalid, "audience"},
		"a deadline that passed":      {func(d *campaign.Draft) { d.Deadline = w.now }, syncproto.CodeCallTime, "deadline"},
		"an end that passed":          {func(d *campaign.Draft) { d.Starts, d.Deadline, d.Ends = 0, 0, w.now-hour }, syncproto.CodeCallTime, "ends"},
		"a start two days ago":        {func(d *campaign.Draft) { d.Starts, d.Deadline, d.Ends = w.now-48*hour, 0, 0 }, syncproto.CodeCallTime, "starts"},
		"a schedule that passed":      {func(d *campaign.Draft) { d.Due = w.now - hour }, syncproto.CodeCallTime, "due"},
		"a year that was mistyped":    {func(d *campaign.Draft) { d.Ends, d.Deadline = w.now+3*366*24*hour, 0 }, syncproto.CodeCallTime, "ends"},
		"a code and no time":          {func(d *campaign.Draft) { d.Code, d.Starts, d.Ends, d.Deadline = "HOA SEN", 0, 0, 0 }, syncproto.CodeCallTime, "starts"},
		"a photo nobody knows":        {func(d *campaign.Draft) { d.Attachments = []syncproto.ID{syncproto.NewID()} }, syncproto.CodeCallAttachment, "attachments[0]"},
		"an audience of nobody":       {func(d *campaign.Draft) { d.Audience = volunteers(w.beside) }, syncproto.CodeAudienceEmpty, ""},
		"an urgent call of one alone": {func(d *campaign.Draft) { d.Kind = syncproto.CallUrgent }, syncproto.CodeSecondOfficer, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			call := w.makes(w.dong, c.set)
			_, err := w.calls.Send(t.Context(), w.dong, call.ID, call.Revision)
			wantCode(t, err, c.want, c.at)
			w.wants(call.ID, storage.CallDraft)
			if w.record(call.ID) != nil || len(w.intents(call.ID)) > 0 {
				t.Error("something was sent")
			}
		})
	}
}

// TestPreviewNamesEverythingThatIsMissing looks at a draft that lacks several things.
func TestPreviewNamesEverythingThatIsMissing(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) {
		d.Title, d.Deadline, d.Kind, d.Attachments = "", w.now-1, syncproto.CallUrgent, []syncproto.ID{syncproto.NewID()}
	})
	p, err := w.calls.Preview(t.Context(), w.dong, c.ID)
	w.must(err)
	var got []string
	for _, l := range p.Lacks {
		got = append(got, string(l.Code)+" "+l.At)
	}
	want := "call_text_missing title, call_time deadline, call_attachment attachments[0]"
	if strings.Join(got, ", ") != want || !p.Second || p.Audience == nil || p.Audience.Total.Persons.N != 4 {
		t.Errorf("got %v, %+v", got, p)
	}
}
