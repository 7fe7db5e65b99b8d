package mobilesdk

import (
	"context"

	"lantoa/syncproto"
)

// This file is what an app calls about calls: the inbox, answers, what reached the person, what they want to be told, how the
// phone is rung, and what the association knows of them. The rules of mobile.go hold. Only PushInfo, MyFacts, TellFact and
// ForgetFact wait for the network.

// Inbox returns JSON {calls, unread, next}: the calls that the person was sent, newest first, also those that ended or were
// called off. Limit 0 is 50; after is the next of the part before.
func (p *Profile) Inbox(limit int, after string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	inbox, err := e.Inbox(context.Background(), limit, after)
	return encode(inbox, err)
}

// Call returns one call as JSON, with the person's answer and where that stands.
func (p *Profile) Call(id string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	call, err := e.Call(context.Background(), syncproto.ID(id))
	return encode(call, err)
}

// Shown notes that the person was shown a call. Repeating it changes nothing.
func (p *Profile) Shown(call string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Shown(context.Background(), syncproto.ID(call)))
}

// Opened notes that the person opened a call: it is read, on their other phones too.
func (p *Profile) Opened(call string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Opened(context.Background(), syncproto.ID(call)))
}

// Answer answers a call with one of its choices, or changes the answer. Count is how many come, the person included (0 for
// 1); text may be "". Whether there is a place the server says after the next sync.
func (p *Profile) Answer(call, choice string, count int, text string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Answer(context.Background(), syncproto.ID(call), CallAnswer{Choice: choice, Count: int64(count), Text: text}))
}

// TakeBack takes the answer to a call back, and a place with it.
func (p *Profile) TakeBack(call string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.TakeBack(context.Background(), syncproto.ID(call)))
}

// CheckIn says with the code of the event that the person came.
func (p *Profile) CheckIn(call, code string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.CheckIn(context.Background(), syncproto.ID(call), code))
}

// Preferences returns JSON {muted, may_phone, language, sending}.
func (p *Profile) Preferences() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	prefs, err := e.Preferences(context.Background())
	return encode(prefs, err)
}

// Mute stops the pushes of a kind of calls ("urgent", "call", "reminder", "result", "information"), or lets them through
// again. The inbox has the calls all the same.
func (p *Profile) Mute(kind string, muted bool) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.Mute(context.Background(), syncproto.CallKind(kind), muted))
}

// AllowPhone says whether the association may telephone or write an SMS about calls.
func (p *Profile) AllowPhone(allowed bool) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.AllowPhone(context.Background(), allowed))
}

// PreferLanguage says in which language pushes come: "vi" or "en".
func (p *Profile) PreferLanguage(language string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.PreferLanguage(context.Background(), language))
}

// SetPushToken says that this phone is rung through Firebase. Kind is "token" for a registration token, "fid" for an
// installation id; platform is "android", "ios" or "web". Call it with what the service gave at every start and whenever it
// gives another one: what the server knows already costs nothing. The server hears of it at the end of the next sync.
func (p *Profile) SetPushToken(kind, platform, token string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.SetPush(context.Background(), &syncproto.RegistrationRequest{
		Service: syncproto.ServiceFCM, Kind: kind, Platform: platform, Address: token,
	}))
}

// SetPushEndpoint is SetPushToken for Web Push: a browser, or a UnifiedPush distributor on "android". P256dh and auth are the
// keys of the subscription, base64url without padding.
func (p *Profile) SetPushEndpoint(platform, endpoint, p256dh, auth string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.SetPush(context.Background(), &syncproto.RegistrationRequest{
		Service: syncproto.ServiceWebPush, Kind: syncproto.TargetEndpoint, Platform: platform, Address: endpoint, P256DH: p256dh, Auth: auth,
	}))
}

// ClearPush says that this phone is not rung any more. Call it, then Sync, before a profile is removed.
func (p *Profile) ClearPush() (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.ClearPush(context.Background()))
}

// Push returns JSON {service, kind, platform, told, elsewhere, code, sentence}: how this phone is rung, as far as it was told.
// With code push_target_invalid the app asks its service for another address.
func (p *Profile) Push() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	view, err := e.Push(context.Background())
	return encode(view, err)
}

// PushInfo asks the server which services it uses and returns JSON {services, vapid_key, registered}. It waits for the network.
func (p *Profile) PushInfo() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	info, err := e.PushInfo(context.Background())
	return encode(info, err)
}

// Ring takes the three values of a push ("n", "k" and "r", which may be "") and returns JSON {fresh, title, text, record,
// here}. Show title and text if fresh is true, then Sync, then open the record, or the inbox if there is none.
func (p *Profile) Ring(identity, kind, record string) (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	ringing, err := e.Ring(context.Background(), identity, kind, syncproto.ID(record))
	return encode(ringing, err)
}

// RingText returns JSON {title, text} for the kind of a push ("k"): for a phone whose profiles are all closed, as those with a
// PIN are while the app is not in front. Which was shown before, only Ring knows.
func (p *Phone) RingText(kind string) (out []byte, err error) {
	defer guard(&err)
	title, text := ringText(language(), kind)
	if title == "" {
		title, text = ringText(language(), "digest")
	}
	return encode(map[string]string{"title": title, "text": text}, nil)
}

// MyFacts returns the JSON list of what the server keeps of the person: {name, value, locked, agreed, how, changed}. It waits
// for the network, and the phone keeps none of it.
func (p *Profile) MyFacts() (out []byte, err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	list, err := e.MyFacts(context.Background())
	return encode(list, err)
}

// TellFact tells the server a fact of the person ("blood_group", "last_whole_blood", "last_apheresis"). Agreed is what they
// answered to being asked whether it may be kept. It waits for the network; without one nothing happens, now or later.
func (p *Profile) TellFact(name, value string, agreed bool) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.TellFact(context.Background(), name, value, agreed))
}

// ForgetFact has the server delete a fact, or all for "". It waits for the network.
func (p *Profile) ForgetFact(name string) (err error) {
	defer guard(&err)
	e, err := p.open()
	if err != nil {
		return err
	}
	return plain(e.ForgetFact(context.Background(), name))
}
