// Package rig drives a real browser against a real server in tests of the console.
package rig
