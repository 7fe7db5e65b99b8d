package campaign

import (
	"maps"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callFields are what phones read of a call (S-191). What is not there is absent.
func callFields(c *storage.Call) syncproto.Fields {
	f := syncproto.Fields{
		syncproto.CallKindField: syncproto.Text(string(c.Kind)), syncproto.CallTitleField: syncproto.Text(c.Title),
		syncproto.CallBodyField: syncproto.Text(c.Body), syncproto.CallUnitsField: idList(c.Units),
	}
	texts := map[string]string{
		syncproto.CallTitleENField: c.TitleEN, syncproto.CallBodyENField: c.BodyEN, syncproto.CallLinkField: c.Link,
		syncproto.CallCampaignField: string(c.Campaign), syncproto.CallAboutField: string(c.About),
	}
	for name, text := range texts {
		if text != "" {
			f[name] = syncproto.Text(text)
		}
	}
	numbers := map[string]int64{
		syncproto.CallStartsField: c.Starts, syncproto.CallEndsField: c.Ends, syncproto.CallDeadlineField: c.Deadline,
		syncproto.CallCapacityField: c.Capacity,
	}
	for name, n := range numbers {
		if n != 0 {
			f[name] = syncproto.Int(n)
		}
	}
	if c.Place != "" {
		f[syncproto.CallPlaceField] = c.Place
	}
	if len(c.Choices) > 0 {
		f[syncproto.CallChoicesField] = choiceList(c.Choices)
	}
	if len(c.Attachments) > 0 {
		f[syncproto.CallAttachmentsField] = idList(c.Attachments)
	}
	if c.Code != "" {
		f[syncproto.CallCheckInField] = syncproto.Bool(true) // the code itself is told at the place
	}
	return f
}

func idList(ids []syncproto.ID) syncproto.Value {
	items := make([]syncproto.Value, len(ids))
	for i, id := range ids {
		items[i] = syncproto.Text(string(id))
	}
	return syncproto.List(items...)
}

func choiceList(choices []storage.Choice) syncproto.Value {
	items := make([]syncproto.Value, len(choices))
	for i, c := range choices {
		o := syncproto.Fields{"name": syncproto.Text(c.Name)}
		if c.VI != "" {
			o["vi"] = syncproto.Text(c.VI)
		}
		if c.EN != "" {
			o["en"] = syncproto.Text(c.EN)
		}
		if c.Takes {
			o["takes"] = syncproto.Bool(true)
		}
		items[i] = syncproto.Object(o)
	}
	return syncproto.List(items...)
}

// putCall writes the record of a call as it stands now, for its recipients; nothing if it says what it said before.
func putCall(tx storage.Tx, p *syncer.Putter, c *storage.Call, now int64) error {
	return put(tx, p, &syncproto.Record{
		ID: c.ID, Kind: syncproto.KindCall, Unit: c.Units[0], State: shown(c.State), Fields: callFields(c), Changed: now,
	})
}

// putCampaign writes the record of a campaign, for the members of the unit that leads it.
func putCampaign(tx storage.Tx, p *syncer.Putter, c *storage.Campaign, now int64) error {
	f := syncproto.Fields{"title": syncproto.Text(c.Title), "units": idList(c.Units)}
	for name, text := range map[string]string{"title_en": c.TitleEN, "body": c.About} {
		if text != "" {
			f[name] = syncproto.Text(text)
		}
	}
	for name, at := range map[string]int64{"starts": c.From, "ends": c.Until} {
		if at != 0 {
			f[name] = syncproto.Int(at)
		}
	}
	state := syncproto.StateOpen
	if c.Closed != 0 {
		state = syncproto.StateClosed
	}
	return put(tx, p, &syncproto.Record{
		ID: c.ID, Kind: syncproto.KindCampaign, Unit: c.Units[0], State: state, Fields: f, Changed: now,
	})
}

// put stores the next revision of a record that the server alone writes, with marks of the fields that changed. No record
// has an author: the association calls, not a person.
func put(tx storage.Tx, p *syncer.Putter, next *syncproto.Record) error {
	stored, err := tx.Record(next.ID)
	switch {
	case isNotFound(err):
		next.Revision, next.Received = 1, next.Changed
		return p.Put(next)
	case err != nil:
		return err
	}
	old := stored.Record
	if old.Kind != next.Kind {
		return fail(syncproto.CodeRecordExists, "put "+string(next.Kind), "id")
	}
	if old.Erased || old.State == next.State && old.Unit == next.Unit && maps.Equal(old.Fields, next.Fields) {
		return nil
	}
	next.Revision, next.Received = old.Revision+1, old.Received
	mark(old, next)
	return p.Put(next)
}

// mark says of each field at which revision it changed last.
func mark(old, next *syncproto.Record) {
	next.Marks = maps.Clone(old.Marks)
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	for name, value := range next.Fields {
		if old.Fields[name] != value {
			next.Marks[name] = next.Revision
		}
	}
	for name := range old.Fields {
		if _, stays := next.Fields[name]; !stays {
			next.Marks[name] = next.Revision
		}
	}
}
