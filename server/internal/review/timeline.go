package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxSteps is how many steps a timeline keeps, and maxStepBytes how much of them: a field may not be larger.
const (
	maxSteps     = 100
	maxStepBytes = syncproto.MaxFieldBytes - 1024
)

// StepsField holds the steps of a timeline, the oldest first.
const StepsField = "steps"

// Who made a step.
const (
	ByAuthor = "author"
	ByEditor = "editor"
	ByServer = "server"
)

// TimelineOf returns the id of the timeline of a submission. key is the store's.
func TimelineOf(key []byte, submission syncproto.ID) syncproto.ID {
	return derived(key, "timeline", submission)
}

// nextTimeline returns the next revision of the submission's timeline, nil if nothing happened that belongs there: a claim
// that is made longer or handed over is nobody's news (S-178). It is deleted and comes back with the submission; of what
// is erased, whoever erases it says what goes.
func nextTimeline(tx storage.Tx, c *Change) (*syncproto.Record, error) {
	turned := c.Before != nil && c.Before.Deleted != c.After.Deleted
	stepped := c.moved() || c.becameWhole() || c.command() == syncproto.CommandCorrect
	if !c.ofTop() || c.After.Erased || !turned && !stepped {
		return nil, nil
	}
	key, err := tx.Key()
	if err != nil {
		return nil, err
	}
	id := TimelineOf(key, c.After.ID)
	stored, err := tx.Record(id)
	switch {
	case err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound:
		return nil, err
	case err != nil && c.After.Deleted:
		return nil, nil
	case err != nil:
		return firstTimeline(tx, c, id)
	case stored.Record.Erased:
		return nil, nil
	}
	steps, _ := stored.Record.Fields[StepsField].AsList()
	next := stored.Record.Clone()
	next.Revision++
	next.Changed, next.Deleted, next.Unit = c.Now, c.After.Deleted, c.Top.Unit
	if !stepped {
		return next, nil
	}
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	next.Marks[StepsField] = next.Revision
	next.Fields[StepsField] = listed(append(steps, stepOf(c)))
	return next, nil
}

// firstTimeline begins a timeline. Of what was submitted before there were any, the revisions tell the steps.
func firstTimeline(tx storage.Tx, c *Change, id syncproto.ID) (*syncproto.Record, error) {
	var steps []syncproto.Value
	if c.Before != nil && syncproto.SeenByDesk(c.Before.State) {
		revisions, err := tx.Revisions(c.After.ID)
		if err != nil {
			return nil, err
		}
		last := syncproto.StateDraft
		for _, r := range revisions {
			if r.State != last && r.Revision < c.After.Revision {
				steps = append(steps, step(r.State, r.Changed, "", "", ""))
			}
			last = r.State
		}
	}
	return &syncproto.Record{
		ID: id, Kind: syncproto.KindTimeline, Unit: c.Top.Unit, Revision: 1, Received: c.Now, Changed: c.Now,
		Fields: syncproto.Fields{
			"parent": syncproto.Text(string(c.After.ID)), StepsField: listed(append(steps, stepOf(c))),
		},
	}, nil
}

// stepOf is the step that a change was.
func stepOf(c *Change) syncproto.Value {
	by := ByEditor
	switch c.Person {
	case "":
		by = ByServer
	case c.Top.Author:
		by = ByAuthor
	}
	reason := ""
	if c.own() {
		reason = c.Mutation.Reason
	}
	return step(c.After.State, c.Now, c.command(), by, reason)
}

func step(state syncproto.State, at int64, command syncproto.Command, by, reason string) syncproto.Value {
	fields := syncproto.Fields{"state": syncproto.Text(string(state)), "at": syncproto.Int(at)}
	for name, text := range map[string]string{"command": string(command), "by": by, "reason": reason} {
		if text != "" {
			fields[name] = syncproto.Text(text)
		}
	}
	return syncproto.Object(fields)
}

// listed is the newest of the steps that fit.
func listed(steps []syncproto.Value) syncproto.Value {
	steps = steps[max(0, len(steps)-maxSteps):]
	from, bytes := len(steps), 0
	for from > 0 && bytes+len(steps[from-1])+1 <= maxStepBytes {
		from--
		bytes += len(steps[from]) + 1
	}
	return syncproto.List(steps[from:]...)
}
