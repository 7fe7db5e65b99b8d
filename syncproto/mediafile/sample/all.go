package sample

// All are the makers by the extension of what they make, for tests that go through every format.
var All = map[string]func(Options) []byte{
	".jpg": JPEG, ".png": PNG, ".webp": WebP, ".gif": GIF, ".heic": HEIC, ".avif": AVIF,
	".mp4": MP4, ".mov": MOV, ".webm": WebM,
	".m4a": M4A, ".mp3": MP3, ".ogg": Ogg, ".amr": AMR, ".aac": AAC, ".wav": WAV,
}
