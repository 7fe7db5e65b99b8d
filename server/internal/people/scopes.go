package people

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Scopes returns all scopes that the person's devices follow at a time: those by grants, and after their own the
// audiences that the person is in (S-61, S-190). The slice may be shared and must not be changed. Errors are those of the
// store.
func (p *Rights) Scopes(r storage.CallReader, at int64) ([]syncproto.Scope, error) {
	scopes, _ := p.Follows(at)
	calls, err := r.Audiences(p.Person, at, syncproto.MaxAudiences)
	if err != nil || len(calls) == 0 {
		return scopes, err
	}
	all := make([]syncproto.Scope, 0, len(scopes)+len(calls))
	all = append(all, scopes[0])
	for _, call := range calls {
		all = append(all, syncproto.AudienceScope(call))
	}
	return append(all, scopes[1:]...), nil
}
