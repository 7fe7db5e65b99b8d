package webpush

// ValidSubscription is the function of that name for this sender: one that speaks to a stand-in takes its addresses, too.
func (s *Sender) ValidSubscription(endpoint, p256dh, auth string) error {
	return validSubscription(endpoint, p256dh, auth, s.loose)
}
