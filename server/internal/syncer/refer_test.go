package syncer_test

import (
	"bytes"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestOwnWordsDoNotComeBack pushes long texts and gets changes that name the mutations instead of repeating them, until
// somebody else has a hand in a field.
func TestOwnWordsDoNotComeBack(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	long := func(text string) syncproto.Value {
		return syncproto.Text(text + ", một câu đủ dài để không gửi hai lần")
	}
	id := w.id()
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Unit: w.commune, Set: syncproto.Fields{
		"title": long("cũ"), "body": long("thân bài"), "type": `"guong_tot"`,
	}})
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Set: syncproto.Fields{"title": long("mới")}})
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit})
	req := p.request()
	sent := map[int64]syncproto.Fields{}
	for i := range req.Mutations {
		sent[req.Mutations[i].Number] = req.Mutations[i].Set
	}
	req.Refer = true
	resp, err := p.exchange(req)
	w.check(err)
	c := changeOf(t, resp, id)
	if len(c.Sent) != 2 || c.Sent["body"] != 1 || c.Sent["title"] != 2 || bytes.Contains(c.Wire, []byte("thân bài")) {
		t.Fatalf("refers to %v in %s, want body of 1 and title of 2", c.Sent, c.Wire)
	}
	w.check(c.Fill(func(field string, n int64) (syncproto.Value, bool) {
		v, ok := sent[n][field]
		return v, ok
	}))
	w.check(w.store.View(t.Context(), func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil && !bytes.Equal(stored.Wire, c.Wire) {
			t.Errorf("filled %s\nstored %s", c.Wire, stored.Wire)
		}
		return err
	}))

	// A replay has no first look any more, and a device that did not ask gets everything.
	for _, refer := range []bool{true, false} {
		req := p.request()
		req.Refer, req.Cursor = refer, ""
		resp, err := p.exchange(req)
		w.check(err)
		if c := changeOf(t, resp, id); c.Sent != nil || !bytes.Contains(c.Wire, []byte("thân bài")) {
			t.Errorf("a replay refers to %v", c.Sent)
		}
	}
}

// TestWhatOthersWroteIsGivenWhole merges a text with an editor's: what comes down is not what was sent.
func TestWhatOthersWroteIsGivenWhole(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Minh", w.commune, syncproto.RoleEditor)
	id := p.story("một tựa đề đủ dài để được nhắc lại bằng số")
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Set: syncproto.Fields{"body": syncproto.Text("Câu một ở đây. Câu hai ở đây. Câu ba ở đây.")}})
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit})
	p.round()
	base := w.record(id).Revision
	editor.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, BaseRevision: base, Set: syncproto.Fields{
		"body": syncproto.Text("Câu đầu ở đây. Câu hai ở đây. Câu ba ở đây."),
	}})
	editor.round()
	p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, BaseRevision: base, Set: syncproto.Fields{
		"body":  syncproto.Text("Câu một ở đây. Câu hai ở đây. Câu cuối ở đây."),
		"place": syncproto.Object(syncproto.Fields{"text": syncproto.Text("Ấp Phước Hưng, xã An Phú")}),
	}})
	req := p.request()
	req.Refer = true
	resp, err := p.exchange(req)
	w.check(err)
	c := changeOf(t, resp, id)
	if _, refers := c.Sent["body"]; refers || c.Sent["place"] == 0 {
		t.Errorf("refers to %v, want the place alone: the body is a merge", c.Sent)
	}
}

func changeOf(t *testing.T, resp *syncproto.SyncResponse, id syncproto.ID) *syncproto.Change {
	t.Helper()
	for i := range resp.Pages {
		for j := range resp.Pages[i].Changes {
			if c := &resp.Pages[i].Changes[j]; c.ID == id {
				return c
			}
		}
	}
	t.Fatalf("no change of %s in %d pages", id, len(resp.Pages))
	return nil
}
