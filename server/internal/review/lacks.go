package review

import (
	"strings"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Lacks returns what keeps a submission from being published at a time of the server's clock, in Unix ms; nil if nothing
// (S-181). access must be of the revision that the reader sees.
func Lacks(r storage.Reader, access *people.Access, story *syncproto.Record, now int64) ([]syncproto.Lack, error) {
	return LacksFor(r, access, story, syncproto.UsePublish, now)
}

// LacksFor is Lacks for any use.
func LacksFor(r storage.Reader, access *people.Access, story *syncproto.Record, use string, now int64) ([]syncproto.Lack, error) {
	root, err := gather(r, story)
	if err != nil {
		return nil, err
	}
	return lacksFor(r, access, root, use, now)
}

// LacksTold returns what keeps the text of a submission from a use: whoever is told of in it and agreed, by a consent under
// the submission itself, agreed to that use. Nobody needs to be: a text without consents lacks nothing.
func LacksTold(r storage.Reader, access *people.Access, story *syncproto.Record, use string, now int64) ([]syncproto.Lack, error) {
	if story.Kind == syncproto.KindPhoto {
		return nil, nil // they are about what it shows
	}
	root, err := gather(r, story)
	if err != nil {
		return nil, err
	}
	consents, err := consentsOf(r, access, root, root.Unit, now)
	if err != nil {
		return nil, err
	}
	var told int64
	for i := range consents {
		if c := consents[i].Record; !c.Deleted && c.State != syncproto.StateWithdrawn && c.Fields["how"].TextOr("") != syncproto.HowJudgement {
			told++
		}
	}
	if told == 0 {
		return nil, nil
	}
	text := &syncproto.Record{ID: story.ID, Fields: syncproto.Fields{
		syncproto.ShowsField: syncproto.Text(syncproto.ShowsPeople), syncproto.PeopleField: syncproto.Int(told),
	}}
	return syncproto.Lacks(text, consents, use, now), nil
}

// lacksOf is Lacks of what was gathered.
func lacksOf(r storage.Reader, access *people.Access, root *node, now int64) ([]syncproto.Lack, error) {
	return lacksFor(r, access, root, syncproto.UsePublish, now)
}

func lacksFor(r storage.Reader, access *people.Access, root *node, use string, now int64) (lacks []syncproto.Lack, err error) {
	photos := root.parts()
	if root.Kind == syncproto.KindPhoto {
		photos = []*node{root}
	}
	for _, photo := range photos {
		if photo.Kind != syncproto.KindPhoto {
			continue
		}
		consents, err := consentsOf(r, access, photo, root.Unit, now)
		if err != nil {
			return nil, err
		}
		lacks = append(lacks, syncproto.Lacks(photo.Record, consents, use, now)...)
	}
	return lacks, nil
}

// consentsOf returns the consents directly under a photo with their evidence. Whether somebody is an editor matters for
// a judgement only, and is asked for nothing else.
func consentsOf(r storage.Reader, access *people.Access, photo *node, unit syncproto.ID, now int64) (out []syncproto.Consent, err error) {
	for _, child := range photo.below {
		if child.Kind != syncproto.KindConsent {
			continue
		}
		c := syncproto.Consent{Record: child.Record}
		for _, file := range child.below {
			if _, has := syncproto.MediaOf(file.Record); has && file.Kind == syncproto.KindPhoto && !file.Deleted {
				c.Evidence++
			}
		}
		if child.Fields["how"].TextOr("") == syncproto.HowJudgement {
			rights, err := access.Of(r, child.Author)
			if err != nil {
				return nil, err
			}
			c.Editor = rights.On(unit, now).Editor
		}
		out = append(out, c)
	}
	return out, nil
}

// maxDetail bounds the detail of consent_missing, in bytes (S-182).
const maxDetail = 400

// Detail names what is lacking, as PHOTO:CODE, as much as fits (S-182).
func Detail(lacks []syncproto.Lack) string {
	var b strings.Builder
	for _, l := range lacks {
		item := string(l.Record) + ":" + string(l.What)
		if b.Len() > 0 {
			item = " " + item
		}
		if b.Len()+len(item) > maxDetail {
			break
		}
		b.WriteString(item)
	}
	return b.String()
}
