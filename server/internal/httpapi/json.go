package httpapi

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/gofiber/fiber/v2"

	"lantoa/syncproto"
)

// maxItems bounds every list in a body that staff send.
const maxItems = 1000

// decode reads a JSON body into a pointer to a struct, strictly: no more than limit bytes, no key twice, no member that the
// struct does not have, keys exactly as they are written there. A member that is absent or null leaves its zero value;
// what must be there is for the service to check. Texts are as they came, not in NFC.
func (a *API) decode(c *fiber.Ctx, limit int, into any) error {
	data, err := a.body(c, limit)
	if err != nil {
		return err
	}
	return decodeJSON(data, into)
}

func decodeJSON(data []byte, into any) error {
	const op = "decode body"
	if err := syncproto.CheckJSON(data, maxItems); err != nil {
		return err
	}
	var loose any
	if err := json.Unmarshal(data, &loose); err != nil {
		return syncproto.E(syncproto.CodeMalformed, op, err)
	}
	if _, isObject := loose.(map[string]any); !isObject { // null would pass for an empty one
		return syncproto.E(syncproto.CodeWrongType, op, nil)
	}
	if at, unknown := stranger(reflect.TypeOf(into), loose); unknown {
		return &syncproto.Error{Code: syncproto.CodeUnknownMember, Op: op, Detail: at}
	}
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*syncproto.Error](err); ok {
		return own
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &syncproto.Error{Code: syncproto.CodeWrongType, Op: op, Detail: wrong.Field, Err: err}
	}
	return syncproto.E(syncproto.CodeInvalidValue, op, err)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// stranger looks for a key that no member of a struct has, and returns the path above it: a hostile key is not repeated.
// encoding/json alone would take "Password" and "paſſword" for "password".
func stranger(t reflect.Type, v any) (at string, unknown bool) {
	for t.Kind() == reflect.Pointer && !t.Implements(unmarshaler) {
		t = t.Elem()
	}
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return "", false
	}
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() == reflect.Map {
			return strangerIn(t.Elem(), v)
		}
		if t.Kind() != reflect.Struct {
			return "", false // of a wrong type, which decoding says
		}
		members := membersOf(t)
		for key, value := range v {
			member, known := members[key]
			if !known {
				return "", true
			}
			if at, unknown := stranger(member, value); unknown {
				return strings.TrimSuffix(key+"."+at, "."), true
			}
		}
	case []any:
		if t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
			return "", false
		}
		for _, item := range v {
			if at, unknown := stranger(t.Elem(), item); unknown {
				return at, true
			}
		}
	}
	return "", false
}

func strangerIn(t reflect.Type, members map[string]any) (at string, unknown bool) {
	for _, value := range members {
		if at, unknown := stranger(t, value); unknown {
			return at, true
		}
	}
	return "", false
}

// membersOf returns the members that a struct has in JSON: every field has a tag with a name, embedded structs have none.
func membersOf(t reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			for inner, typ := range membersOf(field.Type) {
				out[inner] = typ
			}
		case name != "" && name != "-":
			out[name] = field.Type
		}
	}
	return out
}

// sendJSON answers with a value that staff asked for. Nearly all of it is about somebody, so no cache keeps it.
func (a *API) sendJSON(c *fiber.Ctx, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, "encode answer", err)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return a.send(c, body)
}
