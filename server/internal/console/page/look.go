package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"lantoa/syncproto/catalogue"
)

const (
	lookCookie  = "lantoa_console"
	flashCookie = "lantoa_flash"
	lookAge     = 400 * 24 * time.Hour
)

// Look is how somebody wants the console to look on this browser. It is no secret and opens nothing.
type Look struct {
	Lang  catalogue.Language // "" for what the browser asks for
	Theme string             // "light", "dark"; "" for what the system says
	Keys  bool               // whether single keys act (WCAG 2.1.4)
}

func readLook(hr *http.Request) Look {
	look := Look{Keys: true}
	c, err := hr.Cookie(lookCookie)
	if err != nil {
		return look
	}
	values, err := url.ParseQuery(c.Value)
	if err != nil {
		return look
	}
	for _, lang := range catalogue.Languages() {
		if values.Get("lang") == string(lang) {
			look.Lang = lang
		}
	}
	if theme := values.Get("theme"); theme == "light" || theme == "dark" {
		look.Theme = theme
	}
	look.Keys = values.Get("keys") != "off"
	return look
}

// Look returns how whoever asks wants it to look.
func (r *Request) Look() Look { return r.look }

// setLook keeps a look on this browser.
func (r *Request) setLook(w http.Header, look Look) {
	values := url.Values{}
	values.Set("lang", string(look.Lang))
	values.Set("theme", look.Theme)
	if !look.Keys {
		values.Set("keys", "off")
	}
	w.Add("Set-Cookie", r.cookie(lookCookie, values.Encode(), lookAge).String())
}

func (r *Request) cookie(name, value string, age time.Duration) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: Root, MaxAge: int(age.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	c.Secure = r.door != nil && r.door.Secure()
	if age < 0 {
		c.MaxAge = -1
	}
	return c
}

// Flash is told once, on the page after something was done. It holds a key and arguments, never markup.
type Flash struct {
	Key  string   `json:"k"`
	Args []string `json:"a,omitempty"` // pairs of a name and a value
	// Undo is where to post what takes it back, with these fields; "" for what cannot be taken back.
	Undo   string     `json:"u,omitempty"`
	Fields url.Values `json:"f,omitempty"`
	Until  int64      `json:"t,omitempty"` // Unix ms until which it can be taken back
	Bad    bool       `json:"b,omitempty"` // it did not work, or not wholly
}

// maxFlash bounds the cookie: browsers drop larger ones, and then nothing is told.
const maxFlash = 3500

func (s *Site) setFlash(w http.ResponseWriter, r *Request, f *Flash) {
	data, err := json.Marshal(f)
	if err != nil || len(data) > maxFlash*3/4 {
		short := *f
		short.Undo, short.Fields = "", nil // what was done is still told
		data, _ = json.Marshal(&short)
	}
	http.SetCookie(w, r.cookie(flashCookie, base64.RawURLEncoding.EncodeToString(data), time.Minute))
}

func (r *Request) flash() *Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	f := &Flash{}
	if json.Unmarshal(data, f) != nil || Local(f.Undo, "") != f.Undo {
		return nil
	}
	return f
}

// endFlash takes the cookie back once its page is drawn.
func (s *Site) endFlash(w http.ResponseWriter, r *Request) {
	if _, err := r.Cookie(flashCookie); err == nil {
		http.SetCookie(w, r.cookie(flashCookie, "", -1))
	}
}
