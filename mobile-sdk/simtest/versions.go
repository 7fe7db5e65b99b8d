package simtest

import (
	"strings"

	"lantoa/syncproto"
)

// futureMember stands for whatever a later version will say.
const futureMember = `{"aa_future":[{"x":null},1.5,"ả"],`

// fromNewerApp makes a request what a later app would send: a member that this server does not know, and members of
// some mutations, which must then be refused whole and kept. Which ones follows from their ids, so that a repeat is the
// same.
func fromNewerApp(body []byte) []byte {
	r, err := syncproto.DecodeSyncRequest(body)
	if err != nil {
		return body
	}
	for i := range r.Mutations {
		p := &r.Mutations[i]
		if p.ID != "" && strings.HasSuffix(string(p.ID), "7") {
			p.Extra = syncproto.Fields{"zz_future": syncproto.Bool(true)}
			p.Wire = syncproto.AppendMutation(nil, &p.Mutation)
		}
	}
	return append([]byte(futureMember), syncproto.AppendSyncRequest(nil, r)[1:]...)
}

// fromNewerServer makes an answer what a later server would give: members that this app does not know.
func fromNewerServer(body []byte) []byte {
	return append([]byte(futureMember), body[1:]...)
}
