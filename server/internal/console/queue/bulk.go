package queue

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// bulkCommands are what may be done to many at once, and what takes each back; "" for what nothing does.
var bulkCommands = map[syncproto.Command]syncproto.Command{
	syncproto.CommandClaim:   syncproto.CommandRelease,
	syncproto.CommandRelease: syncproto.CommandClaim,
	syncproto.CommandApprove: syncproto.CommandUndo,
	syncproto.CommandPublish: syncproto.CommandUndo,
	syncproto.CommandReturn:  "",
	syncproto.CommandDecline: "",
	syncproto.CommandAdopt:   "",
}

// offered are the commands for many that a view offers.
func offered(view desk.View) []string {
	switch view {
	case desk.ViewInbox:
		return []string{"adopt", "decline"}
	case desk.ViewMine:
		return []string{"approve", "claim", "return", "decline", "release"}
	}
	return []string{"approve", "publish", "claim", "return", "decline", "release", "adopt"}
}

func needsReason(command syncproto.Command) bool {
	return command == syncproto.CommandReturn || command == syncproto.CommandDecline
}

// batch is what the preview and the result draw.
type batch struct {
	Command  syncproto.Command
	Reason   string
	Asks     bool // for a reason
	To       string
	Fit      []pick
	Skip     []pick
	Claims   bool  // some are claimed first
	Left     int64 // that the preview left out
	Cut      bool  // there are more results than one batch takes
	Most     int
	Undo     syncproto.Command // what takes it back
	UndoAct  []pick
	Seconds  int64 // in which it can be taken back; 0 for no bound
	Finished bool
}

// pick is one submission of a batch.
type pick struct {
	desk.Chance
	Field string   // what the form sends back of it
	Whys  []string // why it is left out, in words
}

// preview says what would become of what was ticked.
func (a *area) preview(ctx context.Context, r *page.Request) (page.Answer, error) {
	b, err := a.wanted(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(b.asked.Picks) == 0 {
		return page.Redirect{To: b.To, Flash: &page.Flash{Key: "queue.none_ticked", Bad: true}}, nil
	}
	chances, err := a.desk.Try(ctx, r.Desk(), &b.asked)
	if err != nil {
		return nil, err
	}
	for i := range chances {
		c := &chances[i]
		one := &b.asked.Picks[i]
		one.Revision, one.Act = c.Revision, syncproto.NewID()
		b.sort(r, pick{Chance: *c, Field: fieldOf(one)}, c.Fits())
	}
	return b.view(r, nil), nil
}

func (b *asking) sort(r *page.Request, p pick, fits bool) {
	if fits {
		b.Claims = b.Claims || p.Claim
		b.Fit = append(b.Fit, p)
		return
	}
	p.Whys = whys(r, &p.Chance)
	b.Skip = append(b.Skip, p)
}

// whys are why a submission is left out, in words.
func whys(r *page.Request, c *desk.Chance) (out []string) {
	if c.Code == syncproto.CodeClaimed && c.Row.Claimer != nil {
		return []string{r.T("queue.why_claimed", "name", c.Row.Claimer.Name)}
	}
	if c.Code != "" && len(c.Lacks) == 0 {
		out = append(out, r.T("code."+string(c.Code)))
	}
	seen := map[syncproto.Code]bool{}
	for _, lack := range c.Lacks {
		if !seen[lack.Code] {
			seen[lack.Code] = true
			out = append(out, r.T("code."+string(lack.Code)))
		}
	}
	for _, flag := range c.Alone {
		out = append(out, r.T("queue.alone_"+flag))
	}
	return out
}

func (b *asking) view(r *page.Request, problem *page.Problem) *page.View {
	name := "queue/bulk"
	if b.Finished {
		name = "queue/done"
	}
	title := r.T("queue.bulk_title_"+string(b.Command), "n", len(b.Fit)+len(b.Skip))
	return &page.View{Name: name, Title: title, Area: menuArea, Data: &b.batch, Problem: problem}
}

// do does what the preview showed.
func (a *area) do(ctx context.Context, r *page.Request) (page.Answer, error) {
	b, err := a.wanted(ctx, r)
	if err != nil {
		return nil, err
	}
	if b.Asks && b.Reason == "" {
		return a.again(ctx, r, b)
	}
	chances, err := a.desk.Do(ctx, r.Desk(), &b.asked)
	if err != nil {
		return nil, err
	}
	b.Finished, b.Left = true, r.Number("left")
	hold := int64(0)
	for i := range chances {
		c := &chances[i]
		ok := c.Done != nil && c.Done.OK()
		b.sort(r, pick{Chance: *c}, ok)
		if ok && c.Hold > 0 && (hold == 0 || c.Hold < hold) {
			hold = c.Hold
		}
	}
	b.Undo = bulkCommands[b.Command]
	if b.Undo == syncproto.CommandUndo {
		if b.Seconds = (hold - r.Now.UnixMilli()) / 1000; b.Seconds <= 0 {
			b.Undo = ""
		}
	}
	if b.Undo != "" {
		for i := range b.Fit {
			back := desk.Pick{Record: b.Fit[i].Row.Record, Revision: b.Fit[i].Done.Revision, Act: syncproto.NewID()}
			b.UndoAct = append(b.UndoAct, pick{Field: fieldOf(&back)})
		}
	}
	return b.view(r, nil), nil
}

// again draws the preview of a batch whose reason is missing.
func (a *area) again(ctx context.Context, r *page.Request, b *asking) (page.Answer, error) {
	chances, err := a.desk.Try(ctx, r.Desk(), &b.asked)
	if err != nil {
		return nil, err
	}
	for i := range chances {
		b.sort(r, pick{Chance: chances[i], Field: fieldOf(&b.asked.Picks[i])}, chances[i].Fits())
	}
	return b.view(r, r.Problem(&syncproto.Error{Code: syncproto.CodeReasonRequired, Op: "read form", Detail: "reason"})), nil
}

// undo takes a batch back, each submission for itself.
func (a *area) undo(ctx context.Context, r *page.Request) (page.Answer, error) {
	b, err := a.wanted(ctx, r)
	if err != nil {
		return nil, err
	}
	chances, err := a.desk.Do(ctx, r.Desk(), &b.asked)
	if err != nil {
		return nil, err
	}
	b.Finished = true
	for i := range chances {
		b.sort(r, pick{Chance: chances[i]}, chances[i].Done != nil && chances[i].Done.OK())
	}
	return b.view(r, nil), nil
}

// asking is a batch as it was asked for.
type asking struct {
	batch
	asked desk.Batch
}

// wanted reads a batch: what was ticked, or all results of the list's filter.
func (a *area) wanted(ctx context.Context, r *page.Request) (*asking, error) {
	command := syncproto.Command(r.Text("command"))
	if _, known := bulkCommands[command]; !known && command != syncproto.CommandUndo {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read batch", Detail: "command"}
	}
	b := &asking{batch: batch{
		Command: command, Reason: r.Text("reason"), Asks: needsReason(command), To: r.Back(root), Most: desk.MaxActs,
	}}
	b.asked = desk.Batch{Command: command, Reason: b.Reason}
	if !r.Sent("all") {
		var err error
		b.asked.Picks, err = picks(r)
		return b, err
	}
	f := read(r)
	f.From = ""
	seen := r.Number("seen")
	if err := r.Err(); err != nil {
		return nil, err
	}
	ask := f.ask(r.Now)
	ask.Limit = desk.MaxActs
	found, err := a.desk.Queue(ctx, r.Desk(), ask)
	if err != nil {
		return nil, err
	}
	b.Cut = found.Next != ""
	for i := range found.Rows {
		b.asked.Picks = append(b.asked.Picks, desk.Pick{Record: found.Rows[i].Record, Seen: seen})
	}
	return b, nil
}

// picks reads what was ticked. A pick is the submission, when it was seen, and, behind the preview, the revision that it
// had there and the identity of the act.
func picks(r *page.Request) (out []desk.Pick, err error) {
	for _, text := range r.Texts("pick") {
		parts := strings.Split(text, "@")
		one := desk.Pick{Record: syncproto.ID(parts[0])}
		if len(parts) > 1 {
			one.Seen, err = strconv.ParseInt(parts[1], 10, 64)
		}
		if len(parts) > 3 && err == nil {
			one.Revision, err = strconv.ParseInt(parts[2], 10, 64)
			one.Act = syncproto.ID(parts[3])
		}
		if err != nil || !one.Record.Valid() || one.Act != "" && !one.Act.Valid() || one.Seen < 0 || one.Revision < 0 {
			return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read batch", Detail: "pick", Err: err}
		}
		if !slices.ContainsFunc(out, func(p desk.Pick) bool { return p.Record == one.Record }) {
			out = append(out, one)
		}
	}
	return out, nil
}

func fieldOf(p *desk.Pick) string {
	return strings.Join([]string{
		string(p.Record), strconv.FormatInt(p.Seen, 10), strconv.FormatInt(p.Revision, 10), string(p.Act),
	}, "@")
}
