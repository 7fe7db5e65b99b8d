package privacy

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Entry is one entry of the audit log as it is shown.
type Entry struct {
	Number int64        `json:"n"`
	At     int64        `json:"at"`
	Act    string       `json:"act"`
	Person syncproto.ID `json:"person,omitempty"`
	Device syncproto.ID `json:"device,omitempty"`
	Grant  syncproto.ID `json:"grant,omitempty"`
	Unit   syncproto.ID `json:"unit,omitempty"`
	Record syncproto.ID `json:"record,omitempty"`
	Detail string       `json:"detail,omitempty"`
}

func entryOf(a *storage.Audit) Entry { return Entry(*a) }

// maxAudits bounds a page of the audit log, and maxLooked how many entries are looked at for one.
const (
	maxAudits = 200
	maxLooked = 5000
)

// Audits lists entries above a number in order: of a record, of what a person did, or all. Operators see all, admins those
// of their units. next is where the next page begins; 0 at the end.
//
// Errors: forbidden for whoever answers for nothing; query_invalid for a record and a person at once.
func (s *Service) Audits(ctx context.Context, by By, record, person syncproto.ID, from int64) (list []Entry, next int64, err error) {
	if record != "" && person != "" {
		return nil, 0, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "list audits", Detail: "person"}
	}
	err = s.store.View(ctx, func(r storage.Reader) error {
		list, next = []Entry{}, 0
		st, _, err := s.answering(r, by.Person)
		if err != nil {
			return err
		}
		for looked := 0; looked < maxLooked; {
			page, err := auditPage(r, record, person, from)
			if err != nil || len(page) == 0 {
				return err
			}
			for i := range page {
				from, looked = page[i].Number, looked+1
				if _, ok := st.keeps(page[i].Unit); ok {
					list = append(list, entryOf(&page[i]))
				}
				if len(list) == maxAudits {
					next = from
					return nil
				}
			}
			if len(page) < maxAudits {
				return nil
			}
		}
		next = from
		return nil
	})
	return list, next, err
}

func auditPage(r storage.Reader, record, person syncproto.ID, above int64) ([]storage.Audit, error) {
	if person != "" {
		return r.AuditsBy(person, above, maxAudits)
	}
	return r.Audits(record, above, maxAudits)
}
