package mobilesdk

import (
	"errors"
	"sync/atomic"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// spoken is the language of error texts that cross into an app: one phone, one language. Go programs get typed errors
// and choose for themselves.
var spoken atomic.Value

func sentence(code syncproto.Code) string { return catalogue.Sentence(language(), code) }

// language is what the phone speaks.
func language() catalogue.Language {
	if lang, _ := spoken.Load().(catalogue.Language); lang != "" {
		return lang
	}
	return catalogue.Vietnamese
}

func (e *Engine) sentence(code syncproto.Code) string {
	return catalogue.Sentence(catalogue.Match(e.cfg.Language), code)
}

// text returns a text of the catalogue in the phone's language.
func (e *Engine) text(key string, args map[string]string) string {
	return catalogue.Text(catalogue.Match(e.cfg.Language), key, args)
}

// asError returns the typed error in a chain; what is no error of ours is internal.
func asError(err error) *syncproto.Error {
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e
	}
	return syncproto.E(syncproto.CodeInternal, "", err)
}

// parseFields reads a JSON object; no bytes are the empty object.
func parseFields(data []byte) (syncproto.Fields, error) {
	if len(data) == 0 {
		return nil, nil
	}
	v, err := syncproto.ParseValue(data)
	if err != nil {
		return nil, err
	}
	f, ok := v.AsObject()
	if !ok {
		return nil, syncproto.E(syncproto.CodeWrongType, "read fields", nil)
	}
	return f, nil
}

func parsePatch(set, add, remove []byte) (p Patch, err error) {
	if p.Set, err = parseFields(set); err != nil {
		return p, err
	}
	if p.Add, err = parseLists(add); err != nil {
		return p, err
	}
	p.Remove, err = parseLists(remove)
	return p, err
}

func parseLists(data []byte) (map[string][]syncproto.Value, error) {
	f, err := parseFields(data)
	if err != nil || len(f) == 0 {
		return nil, err
	}
	out := map[string][]syncproto.Value{}
	for name, v := range f {
		items, ok := v.AsList()
		if !ok {
			return nil, &syncproto.Error{Code: syncproto.CodeWrongType, Op: "read lists", Detail: name}
		}
		out[name] = items
	}
	return out, nil
}
