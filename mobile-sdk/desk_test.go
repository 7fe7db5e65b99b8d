package mobilesdk_test

import (
	"context"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// returned is a story with two photos that an editor returned, with a note on its title and one on the second photo.
type returned struct {
	*lab
	author, editor *phone
	story          syncproto.ID
	photos         []syncproto.ID
	title, photo   syncproto.ID // the notes
}

func (p *phone) photo(parent syncproto.ID, caption string, position int64) syncproto.ID {
	p.l.t.Helper()
	id, err := p.Create(context.Background(), syncproto.KindPhoto, parent, syncproto.Fields{
		"caption": syncproto.Text(caption), "position": syncproto.Int(position),
	})
	p.l.must(err)
	return id
}

func returnStory(t *testing.T) *returned {
	l := newLab(t)
	ctx := context.Background()
	r := &returned{lab: l, author: l.phone("Lan", syncproto.RoleVolunteer), editor: l.phone("Minh", syncproto.RoleEditor)}
	r.story = r.author.story("Bến đò", "Chiều nay")
	for i, caption := range []string{"một", "hai"} {
		r.photos = append(r.photos, r.author.photo(r.story, caption, int64(i)))
	}
	l.must(r.author.Submit(ctx, r.story))
	r.author.sync()
	r.editor.sync()
	var err error
	r.photo, err = r.editor.AddNote(ctx, r.photos[1], "caption", "Ai trong ảnh?")
	l.must(err)
	r.title, err = r.editor.AddNote(ctx, r.story, "title", "Ngắn quá")
	l.must(err)
	l.must(r.editor.Command(ctx, r.story, syncproto.CommandReturn, "Thiếu ngày"))
	r.editor.sync()
	r.author.sync()
	return r
}

// TestReturnedStoryIsFixedOffline is AS-04 as the phones see it.
func TestReturnedStoryIsFixedOffline(t *testing.T) {
	r := returnStory(t)
	ctx := context.Background()
	p := r.author
	list, err := p.List(ctx, mobilesdk.Filter{Returned: true})
	r.must(err)
	if len(list.Items) != 1 || list.Items[0].ID != r.story || list.Items[0].Reason != "Thiếu ngày" || p.status().States["needs_changes"] != 1 {
		t.Fatalf("returned: %+v, states %v", list.Items, p.status().States)
	}
	notes, err := p.Notes(ctx, r.story)
	r.must(err)
	if len(notes) != 2 || notes[0].ID != r.title || notes[0].Field != "title" || notes[0].Position != 0 ||
		notes[1].ID != r.photo || notes[1].Record != r.photos[1] || notes[1].Position != 2 || notes[1].Title != "hai" {
		t.Fatalf("notes %+v", notes)
	}
	p.link.set(func(k *link) { k.down = true })
	answer, err := p.AddNote(ctx, r.photo, "", "Bà Sáu")
	r.must(err)
	r.must(p.Edit(ctx, r.story, mobilesdk.Patch{Set: syncproto.Fields{"title": syncproto.Text("Bến đò Cồn Én")}}))
	r.must(p.ResolveNote(ctx, r.title))
	r.must(p.ResolveNote(ctx, r.title))
	wantCode(t, p.Withdraw(ctx, answer, ""), syncproto.CodeUnknownCommand) // a note
	r.must(p.Resubmit(ctx, r.story))
	r.must(p.Resubmit(ctx, r.story)) // a finger that slipped
	notes, err = p.Notes(ctx, r.story)
	r.must(err)
	if len(notes) != 3 || notes[0].ID != r.photo || notes[1].ID != answer || notes[1].Field != "caption" || notes[2].Open() {
		t.Fatalf("notes after the fix %+v", notes)
	}
	steps, err := p.Timeline(ctx, r.photos[0])
	r.must(err)
	if len(steps) != 2 || steps[1].State != syncproto.StateResubmitted || !steps[1].Waiting || steps[1].Name != "Sent again" {
		t.Fatalf("steps %+v", steps)
	}
	waits, err := p.Outbox(ctx, 0, 0)
	r.must(err)
	if len(waits) != 4 || waits[3].Act != "resubmit" {
		t.Fatalf("outbox %+v", waits)
	}
	p.link.set(func(k *link) { k.down = false })
	if s := p.sync(); s.Rejected != 0 || s.Unsent != 0 {
		t.Fatalf("summary %+v", s)
	}
	r.editor.sync()
	if it := r.editor.show(r.story); it.State != syncproto.StateResubmitted || it.Fields["title"] != syncproto.Text("Bến đò Cồn Én") {
		t.Fatalf("the editor sees %+v", it)
	}
}

func TestFixIsAllOrNothing(t *testing.T) {
	r := returnStory(t)
	ctx := context.Background()
	p, fixed := r.author, mobilesdk.Patch{Set: syncproto.Fields{"caption": syncproto.Text("Bà Sáu")}}
	wantCode(t, p.Fix(ctx, r.photos[1], fixed, []syncproto.ID{r.photo, r.story}, true), syncproto.CodeKindMismatch)
	if st := p.status(); st.Unsent != 0 || p.show(r.photos[1]).Fields["caption"] != syncproto.Text("hai") {
		t.Fatalf("half of a fix is kept: %+v", st)
	}
	r.must(p.Fix(ctx, r.photos[1], fixed, []syncproto.ID{r.photo, r.title}, true))
	if s := p.sync(); s.Sent != 4 || s.Rejected != 0 || p.show(r.story).State != syncproto.StateResubmitted {
		t.Fatalf("summary %+v", s)
	}
	wantCode(t, p.Fix(ctx, r.story, mobilesdk.Patch{}, nil, true), syncproto.CodeWrongState)
}

func TestStepsAreAnsweredBeforeAnyNetwork(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	p, other := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Minh", syncproto.RoleEditor)
	p.link.set(func(k *link) { k.down = true })
	story := p.story("a", "b")
	photo := p.photo(story, "c", 0)
	wantCode(t, p.Resubmit(ctx, story), syncproto.CodeWrongState)
	wantCode(t, p.Withdraw(ctx, story, ""), syncproto.CodeWrongState)
	wantCode(t, p.Submit(ctx, photo), syncproto.CodeUnknownCommand)
	wantCode(t, p.Submit(ctx, l.id()), syncproto.CodeNotThere)
	l.must(p.Submit(ctx, story))
	before := p.status().Unsent
	l.must(p.Submit(ctx, story)) // a finger that slipped
	if after := p.status().Unsent; after != before {
		t.Fatalf("%d items wait, %d did before", after, before)
	}
	p.link.set(func(k *link) { k.down = false })
	p.sync()
	other.sync()
	wantCode(t, other.Withdraw(ctx, story, "x"), syncproto.CodeForbidden)
	l.must(p.Withdraw(ctx, story, "nhầm"))
	l.must(p.Submit(ctx, story))
	if s := p.sync(); s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
}

// timeline writes what the server would: the steps of a story, under it.
func (r *returned) timeline(steps ...syncproto.Value) {
	id := r.id()
	r.server.Write(&syncproto.Record{
		ID: id, Kind: syncproto.KindTimeline, Unit: r.unit, Revision: 1, Received: r.now, Changed: r.now,
		Fields: syncproto.Fields{"parent": syncproto.Text(string(r.story)), "steps": syncproto.List(steps...)},
	})
}

func step(state, command, by string, at int64) syncproto.Value {
	return syncproto.Object(syncproto.Fields{
		"state": syncproto.Text(state), "command": syncproto.Text(command), "by": syncproto.Text(by), "at": syncproto.Int(at),
	})
}

func TestTimelineIsToldOnce(t *testing.T) {
	r := returnStory(t)
	ctx := context.Background()
	r.must(r.author.Resubmit(ctx, r.story))
	sent, returnedAt := step("submitted", "submit", "author", r.now-10), step("needs_changes", "return", "editor", r.now-5)
	r.timeline(sent, returnedAt)
	steps := func() []mobilesdk.Step {
		t.Helper()
		s, err := r.author.Timeline(ctx, r.story)
		r.must(err)
		return s
	}
	if s := steps(); len(s) != 2 || s[0].State != "needs_changes" || !s[1].Waiting {
		t.Fatalf("before the timeline came: %+v", s)
	}
	r.author.sync()
	s := steps()
	if len(s) != 2 || s[0].Command != "submit" || s[1].By != mobilesdk.ByEditor || s[1].Waiting {
		t.Fatalf("the server's word stands: %+v", s)
	}
	if list, err := r.author.List(ctx, mobilesdk.Filter{Parent: r.story}); err != nil || len(list.Items) != 3 {
		t.Fatalf("children %+v, %v", list, err)
	}
	for _, id := range []syncproto.ID{r.story, r.photos[1], r.photo} {
		if s, err := r.author.Timeline(ctx, id); err != nil || len(s) != 2 {
			t.Fatalf("timeline of %s: %+v, %v", id, s, err)
		}
	}
}

func TestServerMadeRecordsAreNotEdited(t *testing.T) {
	r := returnStory(t)
	r.timeline(step("submitted", "submit", "author", r.now))
	r.author.sync()
	list, err := r.author.List(context.Background(), mobilesdk.Filter{Kind: syncproto.KindTimeline})
	r.must(err)
	if len(list.Items) != 1 {
		t.Fatalf("timelines %+v", list.Items)
	}
	id := list.Items[0].ID
	wantCode(t, r.author.Edit(context.Background(), id, mobilesdk.Patch{Set: syncproto.Fields{"steps": "[]"}}), syncproto.CodeKindReadOnly)
	wantCode(t, r.author.Delete(context.Background(), id), syncproto.CodeKindReadOnly)
	_, err = r.author.AddNote(context.Background(), id, "", "x")
	wantCode(t, err, syncproto.CodeKindMismatch)
}

// TestPhotoSendsItsStoryBack is the preview of S-84: the phone shows what the server will judge, before and after.
func TestPhotoSendsItsStoryBack(t *testing.T) {
	r := returnStory(t)
	ctx := context.Background()
	p := r.author
	r.must(p.Resubmit(ctx, r.story))
	p.sync()
	r.editor.sync()
	r.must(r.editor.Command(ctx, r.story, syncproto.CommandClaim, ""))
	r.must(r.editor.Command(ctx, r.story, syncproto.CommandApprove, ""))
	r.editor.sync()
	p.sync()
	if it := p.show(r.story); it.State != syncproto.StateApproved {
		t.Fatalf("state %s", it.State)
	}
	r.must(p.Edit(ctx, r.photos[0], mobilesdk.Patch{Set: syncproto.Fields{"caption": syncproto.Text("khác")}}))
	if it := p.show(r.story); it.State != syncproto.StateResubmitted {
		t.Fatalf("after its photo changed it shows %s", it.State)
	}
	steps, err := p.Timeline(ctx, r.story)
	r.must(err)
	if last := steps[len(steps)-1]; !last.Waiting || last.State != syncproto.StateResubmitted || last.Command != "" {
		t.Fatalf("steps %+v", steps)
	}
	r.must(p.Withdraw(ctx, r.story, ""))
	if s := p.sync(); s.Rejected != 0 {
		t.Fatalf("summary %+v", s)
	}
	it := p.show(r.story)
	if it.State != syncproto.StateWithdrawn || it.Revision != r.server.State().Records[r.story].Record.Revision {
		t.Fatalf("the story shows %+v", it)
	}
	list, err := p.List(ctx, mobilesdk.Filter{Kind: syncproto.KindStory})
	r.must(err)
	if list.Items[0].Revision != it.Revision {
		t.Fatalf("a preview stays behind: revision %d, the server has %d", list.Items[0].Revision, it.Revision)
	}
}

// TestAnErasedPhotoLeavesNoPreview: what an unsent change of it had done to its story goes with it.
func TestAnErasedPhotoLeavesNoPreview(t *testing.T) {
	r := returnStory(t)
	ctx := context.Background()
	p := r.author
	r.must(p.Resubmit(ctx, r.story))
	p.sync()
	r.editor.sync()
	r.must(r.editor.Command(ctx, r.story, syncproto.CommandClaim, ""))
	r.must(r.editor.Command(ctx, r.story, syncproto.CommandApprove, ""))
	r.editor.sync()
	p.sync()
	r.must(p.Edit(ctx, r.photos[0], mobilesdk.Patch{Set: syncproto.Fields{"caption": syncproto.Text("khác")}}))
	if it := p.show(r.story); it.State != syncproto.StateResubmitted {
		t.Fatalf("after its photo changed it shows %s", it.State)
	}
	r.server.Erase(r.photos[0])
	p.sync()
	if it, want := p.show(r.story), r.server.State().Records[r.story].Record; it.State != want.State || it.Revision != want.Revision {
		t.Fatalf("it shows %s at %d, the server has %s at %d", it.State, it.Revision, want.State, want.Revision)
	}
	if waits := p.status().Unsent; waits != 0 {
		t.Fatalf("%d items wait", waits)
	}
}
