package dirblob

// FailAt lets the disk fail: fn is asked at "create", "write", "sync", "publish", "sync blobs" (a folder),
// "sync source" (the folder a file was adopted from), "delete" and "drop" (the removal of what was staged).
func FailAt(s *Store, fn func(point string) error) { s.fail = fn }
