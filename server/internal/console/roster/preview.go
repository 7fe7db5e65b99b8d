package roster

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// changeStep is one change of a plan in words, or several that were asked for together.
type changeStep struct {
	Number int
	Last   int // the number of the last of several, else Number
	Act    people.Act
	At     int64 // 0 for at once
	Past   bool
	Lines  []effectLine
	Bad    bool
	Cancel bool
}

// effectLine is what a change does to one unit.
type effectLine struct {
	Act    string
	Key    string // of the sentence
	Name   string
	Was    string
	Level  string
	Above  string
	Heirs  string
	People int
	Phones int
}

// touched counts whom a plan is about.
type touched struct {
	Units, People, Phones int
	Ends                  bool // a unit ends
	Moves                 bool
	Late                  bool // a date lies in the past
}

// preview shows what a plan would do. failed is why it cannot be done as it is; nil if that is not known yet.
func (a *area) preview(ctx context.Context, r *page.Request, p *plan, failed error) (page.Answer, error) {
	if failed == nil {
		failed = a.look(ctx, r, p)
	}
	c := &changePage{plan: p, Step: 4}
	view := page.View{Name: "roster/preview", Title: r.T("frame.preview"), Area: "units", Data: c}
	if failed != nil {
		f := faultOf(r, failed)
		if f == nil {
			return nil, failed
		}
		view.Problem, c.Bad = f.Problem, f.Change+1
	}
	now, err := a.forest(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	counts, err := a.counts(ctx, r)
	if err != nil {
		return nil, err
	}
	now.count(counts)
	names := now
	if p.forest != nil {
		names = p.forest
	}
	c.steps(p, names, now, counts, r.Now.UnixMilli())
	return view, nil
}

// steps puts the plan into words. names knows the units that the plan makes, now those of today.
func (c *changePage) steps(p *plan, names, now *forest, counts map[syncproto.ID]people.Count, at int64) {
	for i := range p.effects {
		if e := &p.effects[i]; e.Act == people.EffectCreated {
			names.named[e.Unit] = e.Name
		}
	}
	c.Now = true
	seen := map[syncproto.ID]bool{}
	for i := range p.Changes {
		change := &p.Changes[i]
		step := changeStep{Number: i + 1, Last: i + 1, Act: change.Act, At: change.At, Bad: c.Bad == i+1, Cancel: change.Act == people.ActCancel}
		step.Past = change.At != 0 && change.At < at
		c.Now = c.Now && change.At <= at
		c.Touched.Late = c.Touched.Late || step.Past
		for k := range p.effects {
			e := &p.effects[k]
			if e.Change != i {
				continue
			}
			line := effectOf(e, names)
			if n := now.byID[e.Unit]; n != nil {
				line.People, line.Phones = n.People, n.Phones
				c.touch(e, n, counts, seen)
			}
			step.Lines = append(step.Lines, line)
		}
		if len(step.Lines) == 0 {
			step.Lines = []effectLine{{Act: "asked", Key: "roster.effect_asked", Name: askedOf(change, names)}}
		}
		c.append(&step, i > 0 && together(&p.Changes[i-1], change))
	}
}

// append adds a step, or what it does to the one before if both were asked for together.
func (c *changePage) append(step *changeStep, same bool) {
	if !same {
		c.Steps = append(c.Steps, *step)
		return
	}
	last := &c.Steps[len(c.Steps)-1]
	last.Last, last.Bad = step.Number, last.Bad || step.Bad
	last.Lines = append(last.Lines, step.Lines...)
}

// together reports whether two changes that follow each other do the same to two units.
func together(a, b *people.UnitChange) bool {
	return a.Act == b.Act && (a.Act == people.ActReparent || a.Act == people.ActClose) && a.At == b.At && a.Parent == b.Parent &&
		slices.Equal(a.Successors, b.Successors) && a.Final == b.Final && a.Carry == b.Carry
}

// touch counts a unit that ends, moves or gets another name, with everybody in it, once.
func (c *changePage) touch(e *people.Effect, n *node, counts map[syncproto.ID]people.Count, seen map[syncproto.ID]bool) {
	c.Touched.Ends = c.Touched.Ends || e.Act == people.EffectEnded
	c.Touched.Moves = c.Touched.Moves || e.Act == people.EffectMoved
	if e.Act == people.EffectUnchanged {
		return
	}
	stack := []*node{n}
	for len(stack) > 0 {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		c.Touched.Units++
		c.Touched.People += counts[n.ID].People
		c.Touched.Phones += counts[n.ID].Phones
		stack = append(stack, n.Below...)
	}
}

// effectOf is an effect in words.
func effectOf(e *people.Effect, names *forest) effectLine {
	line := effectLine{
		Act: e.Act, Key: "roster.effect_" + e.Act, Name: e.Name, Level: e.Level, Above: names.Name(e.Parent), Heirs: names.Names(e.Successors),
	}
	if e.Parent == "" {
		line.Above = ""
	}
	switch {
	case e.Act == people.EffectCreated && e.Parent == "":
		line.Key += "_top"
	case e.Act == people.EffectEnded && len(e.Successors) == 0:
		line.Key += "_final"
	case e.Act == people.EffectMoved && e.Parent == "":
		line.Key += "_top"
	case e.Act == people.EffectMoved && e.Was != nil && e.Was.Parent != "":
		line.Was = names.Name(e.Was.Parent)
	case e.Act == people.EffectMoved:
		line.Key += "_down"
	case e.Act == people.EffectRenamed && e.Was != nil && e.Was.Name == e.Name:
		line.Key, line.Was = line.Key+"_level", e.Was.Level
	case e.Act == people.EffectRenamed && e.Was != nil:
		line.Was = e.Was.Name
	}
	return line
}

// askedOf names what a change is about that was not tried.
func askedOf(c *people.UnitChange, names *forest) string {
	switch {
	case c.Act == people.ActMerge:
		return names.Names(c.Units)
	case c.Act == people.ActCreate:
		return c.Name
	}
	return names.Name(c.Unit)
}
