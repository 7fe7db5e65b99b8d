package e2e

import (
	"net"
	"syscall"
	"unsafe"
)

// queued returns the bytes that the kernel has not delivered yet (SIOCOUTQ): what a reset throws away.
func queued(conn *net.TCPConn) (n int64) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		var held int32
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&held))); errno == 0 {
			n = int64(held)
		}
	})
	return n
}
