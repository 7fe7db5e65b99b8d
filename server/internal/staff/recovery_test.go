package staff_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

func TestARecoveryCodeLetsSomebodyInOnce(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	v := at("10.0.0.2")
	_, who := w.signIn(v, "thino")
	codes, err := w.staff.NewCodes(t.Context(), who)
	w.must(err)
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Fatalf("got %d codes", len(codes))
	}
	_, err = w.staff.Recover(t.Context(), v, "thino", codes[0][:len(codes[0])-1])
	w.refused(err, syncproto.CodeEnrollTypo)
	entry, err := w.staff.Recover(t.Context(), v, "ThiNo", strings.ToLower(strings.ReplaceAll(codes[3], "-", " ")))
	w.must(err)
	if !entry.Must {
		t.Error("they need not set anything")
	}
	_, err = w.staff.Recover(t.Context(), v, "thino", codes[3])
	w.refused(err, syncproto.CodeSignInFailed)
	_, err = w.staff.Identify(t.Context(), entry.Token)
	w.refused(err, syncproto.CodeCredential)
	again := w.identify(entry.Token)
	me, err := w.staff.Me(t.Context(), again)
	w.must(err)
	if me.Settings.Recovery != 9 || me.Settings.Recovered == 0 || !me.Settings.Must {
		t.Errorf("the owner is told %+v", me.Settings)
	}
	entry, err = w.staff.SetPassword(t.Context(), again, v, "một mật mã khác hẳn")
	w.must(err)
	if _, err := w.staff.Identify(t.Context(), entry.Token); err != nil {
		t.Errorf("after setting a password: %v", err)
	}
	if !slices.Contains(w.acts(), staff.ActUseRecovery) {
		t.Error("not in the audit log")
	}
	// New codes end the old ones.
	_, err = w.staff.NewCodes(t.Context(), w.identify(entry.Token))
	w.must(err)
	_, err = w.staff.Recover(t.Context(), v, "thino", codes[4])
	w.refused(err, syncproto.CodeSignInFailed)
}

func TestManyRaceForOneRecoveryCode(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	_, who := w.signIn(at("10.0.0.2"), "thino")
	codes, err := w.staff.NewCodes(t.Context(), who)
	w.must(err)
	var group sync.WaitGroup
	results := make(chan error, 8)
	for range 8 {
		group.Go(func() {
			_, err := w.staff.Recover(context.Background(), at("10.0.0.2"), "thino", codes[0])
			results <- err
		})
	}
	group.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else {
			w.refused(err, syncproto.CodeSignInFailed)
		}
	}
	if won != 1 {
		t.Errorf("%d came in by one code", won)
	}
}
