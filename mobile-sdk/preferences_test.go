package mobilesdk_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestPreferences(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	early := l.bare(filepath.Join(t.TempDir(), "phone.db"), "", hook.Hooks{})
	wantCode(t, early.AllowPhone(ctx, true), syncproto.CodeNotEnrolled)
	wantCode(t, early.Mute(ctx, syncproto.CallInformation, true), syncproto.CodeNotEnrolled)
	a, b := l.phone("Lan", syncproto.RoleVolunteer), l.phone("Lan", syncproto.RoleVolunteer)
	wants := func(p *phone, muted string, phone bool, language string) {
		t.Helper()
		got, err := p.Preferences(ctx)
		l.must(err)
		var kinds []string
		for _, k := range got.Muted {
			kinds = append(kinds, string(k))
		}
		if strings.Join(kinds, " ") != muted || got.MayPhone != phone || got.Language != language {
			t.Fatalf("preferences %+v", got)
		}
	}
	wants(a, "", false, "")
	l.must(a.Mute(ctx, syncproto.CallInformation, false)) // was not muted
	if n := a.status().Unsent; n != 0 {
		t.Fatalf("%d wait", n)
	}
	l.must(a.Mute(ctx, syncproto.CallInformation, true))
	l.must(b.Mute(ctx, syncproto.CallResult, true)) // neither knows of the other
	l.must(b.AllowPhone(ctx, true))
	l.must(a.PreferLanguage(ctx, "en"))
	wants(a, "information", false, "en")
	a.sync()
	b.sync()
	a.sync()
	wants(a, "information result", true, "en")
	wants(b, "information result", true, "en")
	l.must(a.Mute(ctx, syncproto.CallResult, false))
	l.must(a.AllowPhone(ctx, false))
	a.sync()
	b.sync()
	wants(b, "information", false, "en")
	wantCode(t, a.Mute(ctx, "flood", true), syncproto.CodeUsage)
	wantCode(t, a.PreferLanguage(ctx, "fr"), syncproto.CodeUsage)
	if st := a.status(); st.Conflicts+st.Rejected != 0 {
		t.Fatalf("status %+v", st)
	}
	l.oneOfEach()
}
