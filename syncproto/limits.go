package syncproto

// Limits of the protocol (S-30). They are part of the contract: a client may rely on the server accepting
// everything below them, and both sides refuse what lies above with a stable code.
const (
	// MaxRequestBytes bounds one decompressed sync request. It holds a full batch of ordinary mutations and is
	// small enough that 64 concurrent requests fit the smallest server we support.
	MaxRequestBytes = 1 << 20
	// MaxMutationBytes bounds one encoded mutation: the largest body plus room for every other field.
	MaxMutationBytes = 256 << 10
	// MaxBatch bounds the mutations of one request.
	MaxBatch = 500
	// MaxDepth bounds the nesting of any JSON value on the wire.
	MaxDepth = 12
	// MaxFields bounds the fields of a record and the members of any object inside a field.
	MaxFields = 64
	// MaxItems bounds the items of a list inside a field.
	MaxItems = 256
	// MaxFieldBytes bounds one canonical field value. 64 KiB holds about 10,000 words of Vietnamese.
	MaxFieldBytes = 64 << 10
	// MaxReasonBytes bounds the reason of a command.
	MaxReasonBytes = 4 << 10
	// MaxCursorBytes bounds an encoded cursor. 88 scopes need under 1.5 KiB.
	MaxCursorBytes = 2 << 10
	// MaxGrantScopes bounds the scopes that one device follows by grants (S-62). An editor of a wider subtree works
	// through the staff API instead of carrying every desk on a phone.
	MaxGrantScopes = 64
	// MaxAudiences bounds the calls that one device follows; older ones leave the phone first (S-190).
	MaxAudiences = 24
	// MaxScopes bounds all scopes of one device.
	MaxScopes = MaxGrantScopes + MaxAudiences
	// MinPageBytes and MaxPageBytes bound the page budget that a device may ask for, after compression.
	MinPageBytes = 4 << 10
	MaxPageBytes = 64 << 10
	// MaxInteger is the largest integer that every JSON implementation keeps exact (2^53 - 1). Larger ones
	// travel as strings.
	MaxInteger = 1<<53 - 1
	// MaxMediaBytes bounds one media file that a photo record may announce: 4 GiB.
	MaxMediaBytes = 4 << 30
	// MaxThumbnailBytes bounds the file of a thumbnail: one packet train on 2G.
	MaxThumbnailBytes = 30 << 10
	// MaxDisplayBytes bounds the file of a display copy.
	MaxDisplayBytes = 4 << 20
	// MaxTroubles bounds the items that a phone names which do not go (S-187).
	MaxTroubles = 8
	// MaxMediaAsk bounds the files that one question may name (S-165).
	MaxMediaAsk = 256
)
