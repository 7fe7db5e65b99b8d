//go:build !linux

package dirblob_test

import "errors"

func mountSmall(string) error { return errors.New("mounting is written for Linux") }

func unmount(string) {}
