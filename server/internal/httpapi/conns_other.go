//go:build !unix

package httpapi

// maxConns is how many connections are served at once, live streams aside.
func maxConns() int { return mostConns }
