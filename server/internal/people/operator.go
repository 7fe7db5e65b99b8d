package people

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// othersRun fails if nobody but a person would be left who runs the server, so that nobody locks everybody out. If the
// person can sign in at a desk, so must one of the others.
func othersRun(tx storage.Tx, person syncproto.ID, now int64) error {
	own, err := tx.Grants(person)
	if err != nil {
		return err
	}
	if !runsServer(own, now) {
		return nil
	}
	signsIn, err := hasAccount(tx, person)
	if err != nil {
		return err
	}
	const page = 1000
	for after := syncproto.ID(""); ; {
		grants, err := tx.GrantsOf(after, page)
		if err != nil {
			return err
		}
		if len(grants) == 0 {
			return &syncproto.Error{Code: syncproto.CodeLastAdmin, Op: "keep an operator", Detail: "person"}
		}
		for i := range grants {
			g := &grants[i]
			if g.Person == person || !runsServer(grants[i:i+1], now) {
				continue
			}
			runs, err := canRun(tx, g.Person, signsIn)
			if err != nil || runs {
				return err
			}
		}
		after = grants[len(grants)-1].Person
	}
}

// runsServer reports whether one of the grants is an operator's, now and for good.
func runsServer(grants []syncproto.Grant, now int64) bool {
	for i := range grants {
		if g := &grants[i]; g.Role == syncproto.RoleOperator && g.Holds(now) && g.Until == 0 {
			return true
		}
	}
	return false
}

func canRun(tx storage.Tx, person syncproto.ID, mustSignIn bool) (bool, error) {
	p, err := tx.Person(person)
	if err != nil || p.Closed != 0 || p.Suspended != 0 {
		return false, err
	}
	if !mustSignIn {
		return true, nil
	}
	return hasAccount(tx, person)
}

func hasAccount(tx storage.Tx, person syncproto.ID) (bool, error) {
	_, err := tx.Account(person)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
