package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Render makes the message of a delivery: its words are the catalogue's, by kind and language, and the same for everybody.
// It reads the store for the number in a digest, and once for its key.
func (p *Planner) Render(l *storage.Leased) push.Message {
	r := &l.Registration
	m := push.Message{
		Target: push.Target{
			Service: push.Service(r.Service), Kind: push.TargetKind(r.Kind), Platform: push.Platform(r.Platform),
			Address: r.Address, P256DH: r.P256DH, Auth: r.Auth,
		},
		ID: p.identity(l), Kind: l.Kind, Record: l.Record, Link: linkTo(l),
		TTL:    max(time.Duration(l.Delivery.Until-p.millis())*time.Millisecond, 0),
		Urgent: l.Delivery.Class == storage.ClassUrgent,
	}
	if isDesk(l.Kind) {
		m.Record = "" // the desk, and not the unit that names it
	}
	m.Title, m.Body = p.words(l)
	return m
}

// words returns title and sentence.
func (p *Planner) words(l *storage.Leased) (title, sentence string) {
	lang := catalogue.Vietnamese
	if l.Registration.Language == string(catalogue.English) {
		lang = catalogue.English
	}
	title = catalogue.Text(lang, "push."+l.Kind, nil)
	if l.Kind != KindDigest {
		return title, catalogue.Text(lang, "push."+l.Kind+"_text", nil)
	}
	n := p.waitingIn(l.Revision, l.Delivery.Person)
	if n < 1 {
		return title, catalogue.Text(lang, "push.digest_some", nil)
	}
	return title, catalogue.Text(lang, "push.digest_text", map[string]string{"count": strconv.FormatInt(n, 10)})
}

// linkTo returns where a browser goes.
func linkTo(l *storage.Leased) string {
	switch {
	case isDesk(l.Kind):
		return "/app/desk"
	case l.Record == "":
		return "/app/inbox"
	case l.Kind == string(KindSecond), l.Kind == string(KindReturned):
		return "/app/desk/calls/" + string(l.Record)
	case isCall(l.Kind), l.Kind == KindTest, l.Kind == string(KindPromoted):
		return "/app/calls/" + string(l.Record)
	}
	return "/app/records/" + string(l.Record)
}

// identity names what a person is told: the same for every attempt and every device of theirs, another for each person, and
// not to be guessed by who knows the record. 24 bytes of an HMAC with a key of the database, as 32 characters. An intent's
// number is not in it: a restored database gives it again.
func (p *Planner) identity(l *storage.Leased) string {
	key, err := p.idKey()
	if err != nil {
		return "" // the senders refuse it
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(l.Kind + "\n" + string(l.Record) + "\n" + strconv.FormatInt(l.Revision, 10) + "\n" + string(l.Delivery.Person)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
}

// idKey returns the key of identities: one of its own, made of the store's.
func (p *Planner) idKey() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.key != nil {
		return p.key, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	var own []byte
	err := p.store.View(ctx, func(r storage.Reader) (err error) {
		own, err = r.Key()
		return err
	})
	if err != nil {
		return nil, syncproto.E(syncproto.CodeOf(err), "read key of pushes", err)
	}
	mac := hmac.New(sha256.New, own)
	mac.Write([]byte("lantoa push identity"))
	p.key = mac.Sum(nil)
	return p.key, nil
}
