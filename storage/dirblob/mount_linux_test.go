package dirblob_test

import "syscall"

// mountSmall mounts a disk that holds one photo and not two.
func mountSmall(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1536k") }

func unmount(dir string) { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }
