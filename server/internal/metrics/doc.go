// Package metrics counts what an operator wants to see on a graph, and nothing about a person: no names, units,
// devices or addresses become labels. It is the only package that knows the Prometheus library.
package metrics
