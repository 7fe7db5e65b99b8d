package syncproto

// The stable codes (S-91). Append only: a code that a phone in the field knows never changes its meaning.
const (
	// The wire (codec).
	CodeMalformed      Code = "malformed_json"
	CodeNotUTF8        Code = "not_utf8"
	CodeDuplicateKey   Code = "duplicate_key"
	CodeTooDeep        Code = "too_deep"
	CodeTooMany        Code = "too_many"
	CodeTooLarge       Code = "too_large"
	CodeWrongType      Code = "wrong_type"
	CodeIntegerRange   Code = "integer_out_of_range"
	CodeMissingMember  Code = "missing_member"
	CodeInvalidID      Code = "invalid_id"
	CodeInvalidName    Code = "invalid_name"
	CodeInvalidValue   Code = "invalid_value"
	CodeBadEncoding    Code = "unsupported_encoding"
	CodeBadProtocol    Code = "unsupported_protocol"
	CodeBodyIncomplete Code = "body_incomplete"

	// The session between a device and a server.
	CodeTokenMissing   Code = "token_missing"
	CodeTokenUnknown   Code = "token_unknown"
	CodeTokenRevoked   Code = "token_revoked"
	CodeCursorForged   Code = "cursor_forged"
	CodeDeviceForked   Code = "device_forked"
	CodeOutOfOrder     Code = "out_of_order"
	CodeRateLimited    Code = "rate_limited"
	CodeUnavailable    Code = "unavailable"
	CodeTimeout        Code = "timeout"
	CodeInternal       Code = "internal"
	CodeNotFound       Code = "not_found"
	CodeMethod         Code = "method_not_allowed"
	CodeScopeForbidden Code = "scope_forbidden"

	// Enrollment.
	CodeEnrollUnknown Code = "enrollment_code_unknown"
	CodeEnrollTypo    Code = "enrollment_code_typo"
	CodeEnrollUsed    Code = "enrollment_code_used"
	CodeEnrollExpired Code = "enrollment_code_expired"

	// Reasons of outcomes: why a mutation was rejected or became a conflict.
	CodeUnknownMember   Code = "unknown_member"
	CodeInvalidMutation Code = "invalid_mutation"
	CodeInvalidField    Code = "invalid_field"
	CodeRecordMissing   Code = "record_missing"
	CodeRecordExists    Code = "record_exists"
	CodeKindMismatch    Code = "kind_mismatch"
	CodeKindReadOnly    Code = "kind_read_only"
	CodeForbidden       Code = "forbidden"
	CodeUnknownCommand  Code = "unknown_command"
	CodeWrongState      Code = "wrong_state"
	CodeReasonRequired  Code = "reason_required"
	CodeStaleRevision   Code = "stale_revision"
	CodeOwnStory        Code = "own_story"
	CodeClaimed         Code = "claimed_by_another"
	CodeFieldConflict   Code = "field_conflict"
	CodeDeleteUndone    Code = "delete_undone"
	CodeEditRestored    Code = "edit_restored_record"
	CodeTakenDown       Code = "taken_down"
	CodePublishedEdit   Code = "published_edit_kept"
	CodeLateGrant       Code = "grant_ended"
	CodeRecordAwaited   Code = "record_awaited"
	CodeTooManyRecords  Code = "too_many_children"
	CodeUndoTooLate     Code = "undo_too_late"
	CodeConsentMissing  Code = "consent_missing"
	CodeErased          Code = "erased"

	// The desk: staff who sign in, units and people that they change.
	CodeSignInFailed  Code = "sign_in_failed" // no such account, a wrong password, a wrong key: it never says which
	CodeSignInLocked  Code = "sign_in_locked" // too many attempts; wait
	CodeSessionEnded  Code = "session_ended"  // no session, or one that ended or was revoked
	CodeForeignOrigin Code = "foreign_origin" // a request that another site made the browser send
	CodeWeakPassword  Code = "password_too_weak"
	CodeLinkUsed      Code = "link_used"           // a one-time link, used or expired
	CodeConfirm       Code = "confirm_identity"    // sign in again for this: the session is too old for it
	CodeCredential    Code = "credential_required" // after a recovery code: set a password or a key first
	CodeUnitClosed    Code = "unit_closed"
	CodeUnitCycle     Code = "unit_cycle" // a unit would stand under itself
	CodeUnitOccupied  Code = "unit_has_children"
	CodeUnitDate      Code = "unit_date" // a date before what is already in force
	CodeNoSuccessor   Code = "successor_missing"
	CodeLastAdmin     Code = "last_operator" // somebody must stay who can let others in
	CodeTableInvalid  Code = "table_invalid" // lines of a CSV; the answer names each
	CodeQueryInvalid  Code = "query_invalid"
	CodePersonExists  Code = "person_exists" // somebody has this telephone number, or is that person

	// Calls and pushes.
	CodeCallUnknown      Code = "call_unknown"   // no call of the person's
	CodeAnswerID         Code = "answer_id"      // not the id that S-193 derives
	CodeChoiceUnknown    Code = "choice_unknown" // nothing that the call offers
	CodePlacesTaken      Code = "places_taken"   // not enough places for more people; the answer before stands
	CodeCheckInCode      Code = "check_in_code"  // not the code of the event
	CodeCallState        Code = "call_state"     // the call is past that: sent, closed, cancelled
	CodeCallText         Code = "call_text_missing"
	CodeCallTime         Code = "call_time" // a deadline, a start, a schedule that cannot be
	CodeCallLink         Code = "call_link" // an address that is not allowed
	CodeCallAttachment   Code = "call_attachment"
	CodeSecondOfficer    Code = "second_officer" // an urgent or large call needs another officer's yes
	CodeAudienceInvalid  Code = "audience_invalid"
	CodeAudienceEmpty    Code = "audience_empty"
	CodeAudienceTooLarge Code = "audience_too_large"
	CodeFactUnknown      Code = "fact_unknown"
	CodeFactConsent      Code = "fact_consent" // a fact about a person without that person's consent
	CodeTargetInvalid    Code = "push_target_invalid"
	CodePushOff          Code = "push_off" // no service is set up: calls go through the inbox

	// The bytes of media.
	CodeSizeMismatch     Code = "size_mismatch"
	CodeHashMismatch     Code = "hash_mismatch"
	CodeMediaUnsupported Code = "media_unsupported"
	CodeMediaBroken      Code = "media_broken"
	CodeMediaMismatch    Code = "media_mismatch"
	CodeMediaWaiting     Code = "media_waiting"
	CodeUploadMissing    Code = "upload_missing"
	CodeUploadExpired    Code = "upload_expired"
	CodeOffsetMismatch   Code = "offset_mismatch"
	CodeUploadVersion    Code = "unsupported_tus_version"
	CodeQuota            Code = "quota_exceeded"
	CodeNoRoom           Code = "server_full"
	CodeMediaBomb        Code = "media_too_big_to_show"

	// The phone itself and the operator's machine.
	CodeNotEnrolled   Code = "not_enrolled"
	CodeStoreFull     Code = "store_full"
	CodeStoreReadOnly Code = "store_read_only"
	CodeStoreMissing  Code = "store_missing"
	CodeStoreBroken   Code = "store_broken"
	CodeStoreNewer    Code = "store_newer"
	CodeStoreBusy     Code = "store_busy"
	CodeBundleBroken  Code = "bundle_broken"
	CodeBundleNewer   Code = "bundle_newer"
	CodeBundlePerson  Code = "bundle_other_person"
	CodeNoProfile     Code = "no_such_profile"
	CodeNoFile        Code = "no_such_file"
	CodeOtherPerson   Code = "profile_other_person"
	CodePinWrong      Code = "pin_wrong"
	CodeProfileExists Code = "profile_exists"
	CodeUnsentKept    Code = "unsent_kept"
	CodeOffline       Code = "offline"
	CodeNeedsNetwork  Code = "needs_network" // nothing of it is kept for later
	CodeNotThere      Code = "no_such_record"
	CodeUsage         Code = "usage"
	CodeClockWrong    Code = "clock_wrong"
)

var codeKinds = map[Code]ErrorKind{
	CodeMalformed: Invalid, CodeNotUTF8: Invalid, CodeDuplicateKey: Invalid, CodeTooDeep: TooLarge,
	CodeTooMany: TooLarge, CodeTooLarge: TooLarge, CodeWrongType: Invalid, CodeIntegerRange: Invalid,
	CodeMissingMember: Invalid, CodeInvalidID: Invalid, CodeInvalidName: Invalid, CodeInvalidValue: Invalid,
	CodeBadEncoding: Invalid, CodeBadProtocol: Invalid, CodeBodyIncomplete: Invalid,

	CodeTokenMissing: Unauthenticated, CodeTokenUnknown: Unauthenticated, CodeTokenRevoked: Unauthenticated,
	CodeCursorForged: Invalid, CodeDeviceForked: Conflict, CodeOutOfOrder: Conflict, CodeRateLimited: Exhausted,
	CodeUnavailable: Unavailable, CodeTimeout: Unavailable, CodeInternal: Internal, CodeNotFound: NotFound,
	CodeMethod: Invalid, CodeScopeForbidden: Forbidden,

	CodeEnrollUnknown: NotFound, CodeEnrollTypo: Invalid, CodeEnrollUsed: Conflict, CodeEnrollExpired: Expired,

	CodeUnknownMember: Invalid, CodeInvalidMutation: Invalid, CodeInvalidField: Invalid,
	CodeRecordMissing: NotFound, CodeRecordExists: Conflict, CodeKindMismatch: Invalid, CodeKindReadOnly: Forbidden,
	CodeForbidden: Forbidden, CodeUnknownCommand: Invalid, CodeWrongState: Conflict, CodeReasonRequired: Invalid,
	CodeStaleRevision: Conflict, CodeOwnStory: Forbidden, CodeClaimed: Conflict, CodeFieldConflict: Conflict,
	CodeDeleteUndone: Conflict, CodeEditRestored: Conflict, CodeTakenDown: Conflict, CodePublishedEdit: Conflict, CodeRecordAwaited: Conflict,
	CodeLateGrant: Forbidden, CodeTooManyRecords: TooLarge, CodeUndoTooLate: Conflict, CodeConsentMissing: Conflict, CodeErased: Conflict,

	CodeSignInFailed: Unauthenticated, CodeSignInLocked: Exhausted, CodeSessionEnded: Unauthenticated, CodeForeignOrigin: Forbidden,
	CodeWeakPassword: Invalid, CodeLinkUsed: Expired, CodeConfirm: Forbidden, CodeCredential: Forbidden, CodeUnitClosed: Conflict, CodeUnitCycle: Invalid,
	CodeUnitOccupied: Conflict, CodeUnitDate: Invalid, CodeNoSuccessor: Invalid, CodeLastAdmin: Conflict, CodeTableInvalid: Invalid,
	CodeQueryInvalid: Invalid, CodePersonExists: Conflict,

	CodeLackShows: Conflict, CodeLackConsent: Conflict, CodeLackSelf: Conflict, CodeLackRepresentative: Conflict, CodeLackUse: Conflict,
	CodeLackExpired: Conflict, CodeLackEvidence: Conflict, CodeLackJudgement: Conflict,

	CodeCallUnknown: NotFound, CodeAnswerID: Invalid, CodeChoiceUnknown: Invalid, CodeCheckInCode: Invalid, CodePlacesTaken: Conflict, CodeCallState: Conflict,
	CodeCallText: Invalid, CodeCallTime: Invalid, CodeCallLink: Invalid, CodeCallAttachment: Invalid, CodeSecondOfficer: Forbidden,
	CodeAudienceInvalid: Invalid, CodeAudienceEmpty: Conflict, CodeAudienceTooLarge: TooLarge, CodeFactUnknown: Invalid, CodeFactConsent: Conflict,
	CodeTargetInvalid: Invalid, CodePushOff: Conflict,

	CodeSizeMismatch: Invalid, CodeHashMismatch: Invalid, CodeMediaUnsupported: Invalid, CodeMediaBroken: Invalid,
	CodeMediaBomb: TooLarge, CodeMediaMismatch: Conflict, CodeMediaWaiting: NotFound, CodeUploadMissing: NotFound,
	CodeUploadExpired: Expired, CodeOffsetMismatch: Conflict, CodeUploadVersion: Invalid, CodeQuota: Exhausted,
	CodeNoRoom: Exhausted,

	CodeNotEnrolled: Unauthenticated, CodeStoreFull: Exhausted, CodeStoreReadOnly: Forbidden,
	CodeStoreMissing: NotFound, CodeStoreBroken: Internal, CodeStoreNewer: Conflict, CodeStoreBusy: Unavailable,
	CodeBundleBroken: Invalid, CodeBundleNewer: Conflict, CodeBundlePerson: Forbidden, CodeOtherPerson: Conflict, CodeNoProfile: NotFound, CodeNoFile: NotFound,
	CodePinWrong: Forbidden, CodeProfileExists: Conflict, CodeUnsentKept: Conflict,
	CodeOffline: Unavailable, CodeNeedsNetwork: Unavailable, CodeNotThere: NotFound, CodeUsage: Invalid, CodeClockWrong: Invalid,
}
