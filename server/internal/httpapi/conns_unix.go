//go:build unix

package httpapi

import "syscall"

// maxConns is how many connections are served at once, live streams aside: three quarters of what the system lets this
// process have open, so that files, the database and streams find room too.
func maxConns() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return mostConns
	}
	return int(min(uint64(limit.Cur)/4*3, mostConns))
}
