package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

func copyCampaign(c *storage.Campaign) *storage.Campaign {
	out := *c
	out.Units = slices.Clone(c.Units)
	return &out
}

func copyCall(c *storage.Call) *storage.Call {
	out := *c
	out.Units = slices.Clone(c.Units)
	out.Choices = slices.Clone(c.Choices)
	out.Attachments = slices.Clone(c.Attachments)
	out.Audience = slices.Clone(c.Audience)
	return &out
}

// Campaign implements storage.CallReader.
func (r *reader) Campaign(id syncproto.ID) (*storage.Campaign, error) {
	c, ok := r.campaigns.get(string(id))
	if !ok {
		return nil, missing("read campaign")
	}
	return copyCampaign(c), nil
}

// Campaigns implements storage.CallReader.
func (r *reader) Campaigns(before syncproto.ID, limit int) (out []storage.Campaign, err error) {
	r.campaigns.from("", func(_ string, c *storage.Campaign) bool {
		if before.Valid() && c.ID >= before {
			return false
		}
		out = append(out, *copyCampaign(c))
		return true
	})
	slices.Reverse(out)
	return cut(out, limit), nil
}

// cut returns at most limit of a list; all of it below zero.
func cut[V any](list []V, limit int) []V {
	if limit >= 0 && len(list) > limit {
		list = list[:limit]
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// PutCampaign implements storage.CallWriter.
func (t *tx) PutCampaign(c *storage.Campaign) error {
	if err := storage.CheckCampaign(c); err != nil {
		return err
	}
	t.campaigns.put(string(c.ID), copyCampaign(c))
	return nil
}

// Call implements storage.CallReader.
func (r *reader) Call(id syncproto.ID) (*storage.Call, error) {
	c, ok := r.calls.get(string(id))
	if !ok {
		return nil, missing("read call")
	}
	return copyCall(c), nil
}

// Calls implements storage.CallReader.
func (r *reader) Calls(q storage.CallQuery) ([]storage.Call, error) {
	return r.callsWhere(cmp.Or(q.Limit, -1), func(a, b *storage.Call) int { return cmp.Compare(b.ID, a.ID) }, func(c *storage.Call) bool {
		of := func(unit syncproto.ID) bool { return slices.Contains(c.Units, unit) }
		return (!q.Before.Valid() || c.ID < q.Before) && (q.Campaign == "" || c.Campaign == q.Campaign) &&
			(len(q.States) == 0 || slices.Contains(q.States, c.State)) && (q.Units == nil || slices.ContainsFunc(q.Units, of))
	}), nil
}

// CallsDue implements storage.CallReader.
func (r *reader) CallsDue(now int64, limit int) ([]storage.Call, error) {
	byDue := func(a, b *storage.Call) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) }
	return r.callsWhere(limit, byDue, func(c *storage.Call) bool { return c.State == storage.CallScheduled && c.Due <= now }), nil
}

func (r *reader) callsWhere(limit int, order func(a, b *storage.Call) int, wanted func(*storage.Call) bool) (out []storage.Call) {
	var found []*storage.Call
	r.calls.from("", func(_ string, c *storage.Call) bool {
		if wanted(c) {
			found = append(found, c)
		}
		return true
	})
	slices.SortFunc(found, order)
	for _, c := range cut(found, limit) {
		out = append(out, *copyCall(c))
	}
	return out
}

// PutCall implements storage.CallWriter.
func (t *tx) PutCall(c *storage.Call) error {
	if err := storage.CheckCall(c); err != nil {
		return err
	}
	t.calls.put(string(c.ID), copyCall(c))
	return nil
}

// Recipient implements storage.CallReader.
func (r *reader) Recipient(call, person syncproto.ID) (*storage.Recipient, error) {
	m, ok := r.recipients.get(string(call) + string(person))
	if !ok || !call.Valid() {
		return nil, missing("read recipient")
	}
	c := *m
	return &c, nil
}

// Recipients implements storage.CallReader.
func (r *reader) Recipients(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipientsWhere(call, after, limit, func(*storage.Recipient) bool { return true }), nil
}

// Unreached implements storage.CallReader.
func (r *reader) Unreached(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipientsWhere(call, after, limit, func(m *storage.Recipient) bool {
		return *m == storage.Recipient{
			Call: m.Call, Person: m.Person, Unit: m.Unit, Gone: m.Gone, Count: m.Count, Arrived: m.Arrived, Promoted: m.Promoted,
		}
	}), nil
}

func (r *reader) recipientsWhere(call, after syncproto.ID, limit int, wanted func(*storage.Recipient) bool) (out []storage.Recipient) {
	if !call.Valid() {
		return nil
	}
	if !after.Valid() {
		after = ""
	}
	r.recipients.under(string(call), string(after), func(_ string, m *storage.Recipient) bool {
		if len(out) == limit {
			return false
		}
		if wanted(m) {
			out = append(out, *m)
		}
		return true
	})
	return out
}

// WaitingList implements storage.CallReader.
func (r *reader) WaitingList(call syncproto.ID, limit int) (out []storage.Recipient, err error) {
	r.waiting.under(string(call), "", func(rest string, _ struct{}) bool {
		if len(out) == limit || !call.Valid() {
			return false
		}
		m, _ := r.recipients.get(string(call) + rest[8:])
		out = append(out, *m)
		return true
	})
	return out, nil
}

// Audiences implements storage.CallReader.
func (r *reader) Audiences(person syncproto.ID, now int64, limit int) (out []syncproto.ID, err error) {
	if !person.Valid() {
		return nil, nil
	}
	r.invitations.under(string(person), "", func(call string, gone int64) bool {
		if gone > now {
			out = append(out, syncproto.ID(call))
		}
		return true
	})
	slices.Reverse(out)
	return cut(out, limit), nil
}

// Places implements storage.CallReader.
func (r *reader) Places(call syncproto.ID) (int64, error) {
	n, _ := r.places.get(string(call))
	return n, nil
}

// LastArrived implements storage.CallReader.
func (r *reader) LastArrived(call syncproto.ID) (int64, error) {
	n, _ := r.arrivals.get(string(call))
	return n, nil
}

// AddRecipients implements storage.CallWriter.
func (t *tx) AddRecipients(recipients []storage.Recipient) error {
	for i := range recipients {
		if err := storage.CheckRecipient(&recipients[i]); err != nil {
			return err
		}
	}
	for i := range recipients {
		m := recipients[i]
		if _, ok := t.recipients.get(string(m.Call) + string(m.Person)); !ok {
			t.keepRecipient(nil, &m)
		}
	}
	return nil
}

// PutRecipient implements storage.CallWriter.
func (t *tx) PutRecipient(r *storage.Recipient) error {
	if err := storage.CheckRecipient(r); err != nil {
		return err
	}
	m := *r
	old, ok := t.recipients.get(string(m.Call) + string(m.Person))
	if !ok {
		return missing("store recipient")
	}
	t.keepRecipient(old, &m)
	return nil
}

// keepRecipient puts a recipient in place of an older one, nil for none, and into what is asked by order.
func (t *tx) keepRecipient(old, m *storage.Recipient) {
	call, key := string(m.Call), string(m.Call)+string(m.Person)
	if old != nil {
		t.waiting.drop(call + number(uint64(old.Arrived)) + string(old.Person))
	}
	if last, _ := t.arrivals.get(call); m.Arrived > last {
		t.arrivals.put(call, m.Arrived)
	}
	if m.Standing == syncproto.StateWaiting {
		t.waiting.put(call+number(uint64(m.Arrived))+string(m.Person), struct{}{})
	}
	if change := placesOf(m) - placesOf(old); change != 0 {
		n, _ := t.places.get(call)
		t.places.put(call, n+change)
	}
	t.recipients.put(key, m)
	t.invitations.put(string(m.Person)+call, m.Gone)
}

func placesOf(m *storage.Recipient) int64 {
	if m == nil || m.Standing != syncproto.StateRegistered && m.Standing != syncproto.StateCame {
		return 0
	}
	return m.Count
}

// DropPerson implements storage.CallWriter.
func (t *tx) DropPerson(person syncproto.ID) error {
	if err := t.PutTags(person, nil); err != nil {
		return err
	}
	t.told.under(string(person), "", func(name string, _ *storage.Fact) bool {
		t.told.drop(string(person) + name)
		return true
	})
	t.preferences.drop(string(person))
	if err := t.dropRegistrations(person); err != nil {
		return err
	}
	t.invitations.under(string(person), "", func(call string, _ int64) bool {
		old, _ := t.recipients.get(call + string(person))
		t.pushed.drop(call + string(person))
		t.keepRecipient(old, &storage.Recipient{Call: old.Call, Person: person, Unit: old.Unit, Gone: old.Gone})
		return true
	})
	return nil
}
