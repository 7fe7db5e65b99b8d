package syncproto

// The words of a registration (S-198). The sets are closed: what a server does not know, it cannot ring.
const (
	ServiceFCM     = "fcm"     // Firebase Cloud Messaging
	ServiceWebPush = "webpush" // RFC 8030: browsers and UnifiedPush distributors

	TargetToken    = "token"    // an FCM registration token
	TargetFID      = "fid"      // a Firebase installation id
	TargetEndpoint = "endpoint" // the URL of a Web Push subscription

	PlatformAndroid = "android"
	PlatformIOS     = "ios"
	PlatformWeb     = "web"
)

// MaxTargetBytes bounds the address of a registration. Tokens have 140 to 300 bytes, endpoints at most 600 so far.
const MaxTargetBytes = 4 << 10

// RegistrationRequest says where a device is rung (S-198). Address, P256DH and Auth are secrets of the device.
type RegistrationRequest struct {
	Service  string
	Kind     string
	Platform string
	Address  string
	P256DH   string // of an endpoint alone: base64url without padding (RFC 8291)
	Auth     string // likewise
	Language string // vi or en; anything else is told in Vietnamese
	App      string // the version that says so
}

// AppendRegistrationRequest appends the wire form.
func AppendRegistrationRequest(dst []byte, r *RegistrationRequest) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("address", r.Address)
	w.str("app", r.App)
	w.str("auth", r.Auth)
	w.str("kind", r.Kind)
	w.str("language", r.Language)
	w.str("p256dh", r.P256DH)
	w.str("platform", r.Platform)
	w.str("service", r.Service)
	return w.close()
}

// DecodeRegistrationRequest reads a request strictly: push_target_invalid for words that are not known or do not go
// together. Whether the address is one of the service's is for the server to say.
func DecodeRegistrationRequest(data []byte) (*RegistrationRequest, error) {
	s := newScanner(data)
	r := &RegistrationRequest{}
	err := s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "address":
			r.Address, err = s.short(MaxTargetBytes)
		case "app":
			r.App, err = s.short(64)
		case "auth":
			r.Auth, err = s.short(64)
		case "kind":
			r.Kind, err = s.short(64)
		case "language":
			r.Language, err = s.short(64)
		case "p256dh":
			r.P256DH, err = s.short(128)
		case "platform":
			r.Platform, err = s.short(64)
		case "service":
			r.Service, err = s.short(64)
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && (r.Address == "" || r.Service == "" || r.Kind == "" || r.Platform == "") {
		err = s.fail(CodeMissingMember)
	}
	if err == nil {
		err = r.check()
	}
	return r, err
}

// check holds what goes together.
func (r *RegistrationRequest) check() error {
	wrong := ""
	switch {
	case r.Platform != PlatformAndroid && r.Platform != PlatformIOS && r.Platform != PlatformWeb:
		wrong = "platform"
	case r.Service == ServiceFCM && (r.Kind != TargetToken && r.Kind != TargetFID):
		wrong = "kind"
	case r.Service == ServiceFCM && (r.P256DH != "" || r.Auth != ""):
		wrong = "p256dh"
	case r.Service == ServiceWebPush && r.Kind != TargetEndpoint:
		wrong = "kind"
	case r.Service == ServiceWebPush && r.Platform == PlatformIOS:
		wrong = "platform" // Safari on it is a browser, and nothing else there takes Web Push
	case r.Service == ServiceWebPush && (r.P256DH == "" || r.Auth == ""):
		wrong = "p256dh"
	case r.Service != ServiceFCM && r.Service != ServiceWebPush:
		wrong = "service"
	}
	if wrong != "" {
		return &Error{Code: CodeTargetInvalid, Op: "read registration", Detail: wrong}
	}
	return nil
}

// PushInfo is what a server tells a device of pushes (S-198).
type PushInfo struct {
	Services   []string // that the server can use; none for one where calls go through the inbox alone
	VAPIDKey   string   // with which a browser subscribes: base64url without padding; "" without webpush
	Registered bool     // whether this device is rung
	Code       string   // why it is no longer, if the service said that its target ended: register anew
}

// AppendPushInfo appends the wire form.
func AppendPushInfo(dst []byte, i *PushInfo) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("code", i.Code)
	w.bool("registered", i.Registered)
	w.key("services")
	w.dst = append(w.dst, '[')
	for n, service := range i.Services {
		if n > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = appendString(w.dst, service)
	}
	w.dst = append(w.dst, ']')
	w.str("vapid_key", i.VAPIDKey)
	return w.close()
}

// DecodePushInfo reads an answer strictly.
func DecodePushInfo(data []byte) (*PushInfo, error) {
	s := newScanner(data)
	i := &PushInfo{}
	err := s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "code":
			i.Code, err = s.short(64)
		case "registered":
			i.Registered, err = s.boolean()
		case "services":
			err = s.array(MaxItems, func(int) error {
				name, err := s.short(64)
				i.Services = append(i.Services, name)
				return err
			})
		case "vapid_key":
			i.VAPIDKey, err = s.short(128)
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	return i, err
}
