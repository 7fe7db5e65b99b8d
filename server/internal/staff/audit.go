package staff

import (
	"strconv"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Acts in the audit log. Its entries hold ids, and as details the method or a number.
const (
	ActSignIn         = "sign_in"
	ActRefused        = "sign_in_refused" // detail: how many passwords of strangers failed
	ActSignOut        = "sign_out"
	ActEndSession     = "session_end"
	ActSetPassword    = "password_set"
	ActAddPasskey     = "passkey_add"
	ActDropPasskey    = "passkey_remove"
	ActClonedPasskey  = "passkey_cloned" // a key whose counter went back: somebody has a copy
	ActRecoveryCodes  = "recovery_codes_made"
	ActUseRecovery    = "recovery_code_used" // detail: how many are left
	ActMakeAccount    = "account_made"
	ActMakeLink       = "sign_in_link_made" // record: whom it is for
	ActUseLink        = "sign_in_link_used"
	ActRevokeDevice   = "own_device_revoked"
	ActFirstOperator  = "first_operator"
	ActOperatorsReset = "sign_in_reset" // at the server's machine
)

// entry is an audit entry of somebody's act on their own account.
func (s *Service) entry(a *storage.Account, act string, now int64) *storage.Audit {
	return &storage.Audit{At: now, Act: act, Person: a.Person, Device: a.Device}
}

// note adds an audit entry of somebody's act on their own account.
func (s *Service) note(tx storage.Tx, a *storage.Account, act, detail string, now int64) error {
	entry := s.entry(a, act, now)
	entry.Detail = detail
	return tx.AddAudit(entry)
}

// noteOf is note about a record: a session, a device.
func (s *Service) noteOf(tx storage.Tx, who *Identity, act string, record syncproto.ID, now int64) error {
	return tx.AddAudit(&storage.Audit{At: now, Act: act, Person: who.Person, Device: who.Device, Record: record})
}

func itoa(n int) string { return strconv.Itoa(n) }
