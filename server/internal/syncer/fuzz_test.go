package syncer_test

import (
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

// FuzzSync: whatever a phone sends is answered or refused with a code, and never takes the server down.
func FuzzSync(f *testing.F) {
	w := newWorld(f)
	p := w.joins("Lan", w.commune, syncproto.RoleEditor)
	story := p.story("một")
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.wants(syncproto.Mutation{Record: w.id(), Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	f.Add(syncproto.AppendSyncRequest(nil, p.request()))
	p.round()
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 1, Add: map[string][]syncproto.Value{"tags": {syncproto.Text("a")}}})
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 1, Delete: true})
	p.wants(syncproto.Mutation{Void: true})
	req := p.request()
	req.Digests = []syncproto.Scope{syncproto.ScopePublic}
	req.Leaves = []syncproto.LeafWanted{{Scope: syncproto.PersonScope(p.person), Leaf: 3}}
	f.Add(syncproto.AppendSyncRequest(nil, req))
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := syncproto.DecodeSyncRequest(data)
		if err != nil {
			return
		}
		reply, err := w.sync.Sync(t.Context(), p.device, decoded, wire.Identity)
		if err != nil {
			if syncproto.CodeOf(err) == syncproto.CodeInternal {
				t.Fatal(err)
			}
			return
		}
		resp, err := syncproto.DecodeSyncResponse(reply.Body)
		if err != nil {
			t.Fatalf("%v in %s", err, reply.Body)
		}
		for _, page := range resp.Pages {
			for _, c := range page.Changes {
				if _, err := syncproto.DecodeRecord(c.Wire); err != nil && !c.Removed {
					t.Fatalf("phones cannot read %s: %v", c.Wire, err)
				}
			}
		}
		for _, o := range resp.Outcomes {
			if o.Code == syncproto.CodeInternal {
				t.Fatalf("got %+v", o)
			}
		}
	})
}
