package calls

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// branch is a unit of the picker with those below it.
type branch struct {
	ID    syncproto.ID
	Name  string
	Level string
	On    bool
	Open  bool // something below is ticked
	Below []branch
	Count int // of all below
}

// grants are those by which whoever asks may call.
func grants(r *page.Request) (out []staff.GrantView) {
	for _, g := range r.Me().Grants {
		if g.Role == syncproto.RoleOfficer || g.Role == syncproto.RoleAdmin || g.Role == syncproto.RoleOperator {
			if !slices.ContainsFunc(out, func(have staff.GrantView) bool { return have.Unit == g.Unit }) {
				out = append(out, g)
			}
		}
	}
	return out
}

// tree is the part of the tree in which whoever asks may call people, the ticked units marked. A unit above all of theirs is
// not in it.
func (o *office) tree(ctx context.Context, r *page.Request, on []syncproto.ID) ([]branch, error) {
	roots, err := o.People.TreeAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	mine := map[syncproto.ID]bool{}
	for _, g := range grants(r) {
		mine[g.Unit] = true
	}
	var out []branch
	var find func(units []people.Shown)
	find = func(units []people.Shown) {
		for i := range units {
			if mine[units[i].ID] {
				out = append(out, branchOf(&units[i], on))
			} else {
				find(units[i].Units)
			}
		}
	}
	find(roots)
	if len(out) == 1 {
		out[0].Open = true
	}
	return out, nil
}

func branchOf(u *people.Shown, on []syncproto.ID) branch {
	b := branch{ID: u.ID, Name: u.Name, Level: u.Level, On: slices.Contains(on, u.ID), Count: len(u.Units)}
	for i := range u.Units {
		below := branchOf(&u.Units[i], on)
		b.Below = append(b.Below, below)
		b.Open = b.Open || below.On || below.Open
		b.Count += below.Count
	}
	return b
}

// callers are the units for which whoever asks may call, with those that the call has.
func (o *office) callers(r *page.Request, tree []branch, on []syncproto.ID) (out []branch) {
	for i := range tree {
		b := tree[i]
		b.Below = nil
		b.On = slices.Contains(on, b.ID)
		out = append(out, b)
	}
	for _, id := range on {
		if slices.ContainsFunc(out, func(b branch) bool { return b.ID == id }) {
			continue
		}
		b := branch{ID: id, On: true, Name: string(id)}
		if found := findBranch(tree, id); found != nil {
			b.Name = found.Name
		}
		out = append(out, b)
	}
	return out
}

func findBranch(tree []branch, id syncproto.ID) *branch {
	for i := range tree {
		if tree[i].ID == id {
			return &tree[i]
		}
		if found := findBranch(tree[i].Below, id); found != nil {
			return found
		}
	}
	return nil
}
