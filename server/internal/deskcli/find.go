package deskcli

import (
	"net/url"
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// minShort is the fewest digits by which anything is looked for; maxSearch the most rows that are looked through.
const (
	minShort  = 4
	maxSearch = 10_000
)

// named finds the submission that the i-th word names.
func (s *session) named(i int) (listed, error) {
	word, err := s.word(i, "ID")
	if err != nil {
		return listed{}, err
	}
	return s.find(word)
}

// all finds everything that the words name, at least one.
func (s *session) all() ([]listed, error) {
	if _, err := s.word(0, "ID"); err != nil {
		return nil, err
	}
	all := make([]listed, len(s.words))
	for i := range s.words {
		var err error
		if all[i], err = s.find(s.words[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// find resolves the end of an id: first among what was on the screen, then through the queue. A whole id is taken as it is;
// of which kind that is, the server is asked.
func (s *session) find(word string) (listed, error) {
	word = strings.ToLower(strings.TrimSpace(word))
	if len(word) < minShort {
		return listed{}, s.misuse("desk.short_id", map[string]string{"id": word, "n": strconv.Itoa(minShort)})
	}
	if found, err := s.match(s.kept.Listed, word); found.Record != "" || err != nil {
		return found, err
	}
	if id := syncproto.ID(word); id.Valid() {
		_, r, err := s.read(id)
		if err != nil {
			return listed{}, err
		}
		return listed{r.ID, r.Kind}, nil
	}
	rows, err := s.everything()
	if err != nil {
		return listed{}, err
	}
	found, err := s.match(rows, word)
	if found.Record == "" && err == nil {
		err = &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find submission", Detail: word}
	}
	return found, err
}

// everything reads the whole queue, the newest first, up to a bound.
func (s *session) everything() (all []listed, err error) {
	query := url.Values{"view": {string(desk.ViewAll)}, "order": {string(storage.OrderNewest)}, "limit": {strconv.Itoa(desk.MaxPage)}}
	for len(all) < maxSearch {
		var page desk.Queue
		if err := s.get("/v1/desk/queue", query, &page); err != nil {
			return nil, err
		}
		all = append(all, rowsOf(&page)...)
		if page.Next == "" {
			break
		}
		query.Set("from", page.Next)
	}
	return all, nil
}

func rowsOf(page *desk.Queue) []listed {
	rows := make([]listed, len(page.Rows))
	for i := range page.Rows {
		rows[i] = listed{page.Rows[i].Record, page.Rows[i].Kind}
	}
	return rows
}

// match finds the one whose id ends in a word; nothing if none does.
func (s *session) match(rows []listed, word string) (found listed, err error) {
	for _, row := range rows {
		if !strings.HasSuffix(string(row.Record), word) || row.Record == found.Record {
			continue
		}
		if found.Record != "" {
			return listed{}, s.misuse("desk.ambiguous_id", map[string]string{"id": word})
		}
		found = row
	}
	return found, nil
}

// unit turns a unit's name into its id.
func (s *session) unit(word string) (syncproto.ID, error) {
	if word == "" || syncproto.ID(word).Valid() {
		return syncproto.ID(word), nil
	}
	var answer struct {
		Units []people.Shown `json:"units"`
	}
	if err := s.get("/v1/units", nil, &answer); err != nil {
		return "", err
	}
	var found syncproto.ID
	for i := range answer.Units {
		u := &answer.Units[i]
		if viet.Exact(u.Name) != viet.Exact(word) || u.Until != 0 {
			continue
		}
		if found != "" {
			return "", s.misuse("desk.ambiguous_id", map[string]string{"id": word})
		}
		found = u.ID
	}
	if found == "" {
		return "", s.misuse("desk.no_unit", map[string]string{"unit": word})
	}
	return found, nil
}

// somebody finds a person: by id, or, for whoever manages people, by a part of the name or of the telephone number.
func (s *session) somebody(word string) (syncproto.ID, error) {
	if word == "" {
		return "", s.misuse("desk.missing_word", map[string]string{"name": "-to"})
	}
	if syncproto.ID(word).Valid() {
		return syncproto.ID(word), nil
	}
	me, err := s.me()
	if err != nil {
		return "", err
	}
	var all []people.Listed
	for _, g := range me.Grants {
		query := url.Values{"q": {word}}
		switch g.Role {
		case syncproto.RoleAdmin:
			query.Set("unit", string(g.Unit))
		case syncproto.RoleOperator:
		default:
			continue
		}
		var page people.People
		if err := s.get("/v1/people", query, &page); err != nil {
			return "", err
		}
		all = append(all, page.People...)
	}
	var found syncproto.ID
	for i := range all {
		if found != "" && found != all[i].ID {
			return "", s.misuse("desk.ambiguous_person", map[string]string{"name": word})
		}
		found = all[i].ID
	}
	if found == "" {
		return "", s.misuse("desk.no_person", map[string]string{"name": word})
	}
	return found, nil
}
