package item

import (
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Consent is what somebody agreed to, or what an editor judged of a crowd.
type Consent struct {
	ID             syncproto.ID
	Revision       int64
	About          syncproto.ID
	Photo          *Photo // that it is about; nil for the submission itself
	Who            string
	Age            string
	GivenBy        []string
	Representative string
	How            string
	Text           string
	Uses           []string
	GivenAt        int64
	ExpiresAt      int64
	Expired        bool
	State          syncproto.State
	Reason         string
	By             desk.Ref
	At             int64
	Judgement      bool
	Evidence       []Photo
	Withdraw       bool // it may be withdrawn
}

// Lack is one thing that keeps a submission from being published.
type Lack struct {
	Photo *Photo // that it is about; nil for the submission itself
	Code  syncproto.Code
}

func (b *builder) allConsents(s *Sheet) (list []Consent) {
	for i := range b.consents {
		list = append(list, b.consent(s, &b.consents[i]))
	}
	return list
}

func (b *builder) consent(s *Sheet, e *entry) Consent {
	c := Consent{
		ID: e.ID, Revision: e.Revision, About: e.Parent(), Photo: s.photo(e.Parent()), Who: e.Fields["who"].TextOr(""),
		Age: e.Fields["age"].TextOr(""), GivenBy: texts(e.Fields["given_by"]), Representative: e.Fields["representative"].TextOr(""),
		How: e.Fields["how"].TextOr(""), Text: e.Fields["text"].TextOr(""), Uses: texts(e.Fields["uses"]), State: e.State,
		Reason: e.Reason, By: b.name(e.Author), At: e.Received, Withdraw: e.can(syncproto.CommandWithdraw),
	}
	c.GivenAt, _ = e.Fields["given_at"].AsInt()
	c.ExpiresAt, _ = e.Fields["expires_at"].AsInt()
	c.Expired = c.ExpiresAt != 0 && c.ExpiresAt <= b.story.Now
	c.Judgement = c.How == syncproto.HowJudgement
	for i := range b.evidence {
		if b.evidence[i].Parent() == e.ID {
			file := b.photo(&b.evidence[i], len(c.Evidence)+1)
			file.Evidence, file.About = true, e.ID
			c.Evidence = append(c.Evidence, file)
		}
	}
	return c
}

// Label is who agreed, or what was judged.
func (c Consent) Label() string {
	if c.Judgement {
		return c.Text
	}
	return c.Who
}

func (b *builder) lacks(s *Sheet) (list []Lack) {
	for _, l := range b.story.Lacks {
		list = append(list, Lack{Photo: s.photo(l.Record), Code: l.Code})
	}
	return list
}

// texts are the texts of a set.
func texts(v syncproto.Value) (list []string) {
	items, _ := v.AsList()
	for _, item := range items {
		if text, ok := item.AsText(); ok {
			list = append(list, text)
		}
	}
	return list
}
