package audience

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"lantoa/server/internal/figure"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// mostTags bounds the tags and skills of a person.
const mostTags = 50

// Tagged are the words by which a person is chosen.
type Tagged struct {
	Tags   []string `json:"tags"`
	Skills []string `json:"skills"`
}

// TagsOf returns the tags of a person.
//
// Errors: not_found for who belongs to no unit of the asker's.
func (s *Service) TagsOf(ctx context.Context, by people.Actor, person syncproto.ID) (out Tagged, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		if _, err := s.knows(r, by, person); err != nil {
			return err
		}
		tags, err := r.TagsOf(person)
		out = taggedOf(tags)
		return err
	})
	return out, err
}

func taggedOf(tags []storage.Tag) Tagged {
	out := Tagged{Tags: []string{}, Skills: []string{}}
	for _, tag := range tags {
		if tag.Skill {
			out.Skills = append(out.Skills, tag.Name)
		} else {
			out.Tags = append(out.Tags, tag.Name)
		}
	}
	return out
}

// SetTags replaces the tags of a person. Two spellings of one word are one.
//
// Errors: invalid_name for what is no tag; too_many; not_found for who belongs to no unit of the asker's.
func (s *Service) SetTags(ctx context.Context, by people.Actor, person syncproto.ID, to Tagged) error {
	tags, err := mergeTags(nil, to)
	if err != nil {
		return err
	}
	return s.on(ctx, by, person, actTagsSet, func(tx storage.Tx) (string, error) {
		return strconv.Itoa(len(tags)), tx.PutTags(person, tags)
	})
}

// mergeTags adds words to those that a person has.
func mergeTags(tags []storage.Tag, more Tagged) ([]storage.Tag, error) {
	seen := map[string]bool{}
	for _, tag := range tags {
		seen[viet.Exact(tag.Name)] = true
	}
	add := func(list []string, skill bool, member string) error {
		for _, text := range list {
			name, ok := CleanTag(text)
			if !ok {
				return &syncproto.Error{Code: syncproto.CodeInvalidName, Op: "tag person", Detail: member}
			}
			if exact := viet.Exact(name); !seen[exact] {
				seen[exact] = true
				tags = append(tags, storage.Tag{Name: name, Skill: skill})
			}
		}
		return nil
	}
	if err := add(more.Skills, true, "skills"); err != nil {
		return nil, err
	}
	if err := add(more.Tags, false, "tags"); err != nil {
		return nil, err
	}
	if len(tags) > mostTags {
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: "tag person", Detail: "tags"}
	}
	return tags, nil
}

// TagCount is a word with how many persons have it, in all units; small numbers are not told.
type TagCount struct {
	Name    string        `json:"name"`
	Skill   bool          `json:"skill,omitempty"`
	Persons figure.Figure `json:"persons"`
}

// Tags lists all words, by name.
//
// Errors: forbidden for who is officer of nothing.
func (s *Service) Tags(ctx context.Context, by people.Actor) (list []TagCount, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		if err := s.mustCall(r, by); err != nil {
			return err
		}
		counts, err := r.Tags()
		list = make([]TagCount, 0, len(counts))
		for tag, n := range counts {
			list = append(list, TagCount{tag.Name, tag.Skill, figure.Of(n)})
		}
		return err
	})
	slices.SortFunc(list, func(a, b TagCount) int {
		return cmp.Or(cmp.Compare(viet.Fold(a.Name), viet.Fold(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return list, err
}

// mustCall refuses who may call for no unit at all.
func (s *Service) mustCall(r storage.Reader, by people.Actor) error {
	access, err := s.access.Read(r)
	if err != nil {
		return err
	}
	rights, err := access.Of(r, by.Person)
	if err != nil {
		return err
	}
	now := s.millis()
	for _, u := range access.Tree(now).Units() {
		if _, ok := rights.Officer(u.ID, now); ok {
			return nil
		}
	}
	return &syncproto.Error{Code: syncproto.CodeForbidden, Op: "ask audience", Detail: "unit"}
}
