package memory

import "hash/maphash"

// tree is a persistent ordered map, a treap whose priorities are hashes of the keys. Changing it makes a new tree
// that shares most nodes with the old one; a tree that somebody holds never changes. The zero tree is empty.
type tree[V any] struct{ root *node[V] }

type node[V any] struct {
	key         string
	weight      uint64
	value       V
	left, right *node[V]
}

var seed = maphash.MakeSeed()

func (t tree[V]) get(key string) (v V, ok bool) {
	for n := t.root; n != nil; {
		switch {
		case key < n.key:
			n = n.left
		case key > n.key:
			n = n.right
		default:
			return n.value, true
		}
	}
	return v, false
}

func (t *tree[V]) put(key string, value V) {
	t.root = put(t.root, &node[V]{key: key, weight: maphash.String(seed, key), value: value})
}

func (t *tree[V]) drop(key string) {
	if _, ok := t.get(key); ok {
		t.root = drop(t.root, key)
	}
}

// from calls yield for the entries at and after start in key order, until it returns false.
func (t tree[V]) from(start string, yield func(key string, v V) bool) { walk(t.root, start, yield) }

// under calls yield for the entries whose key begins with prefix, from prefix+after on, exclusive.
func (t tree[V]) under(prefix, after string, yield func(rest string, v V) bool) {
	start := prefix + after
	t.from(start, func(key string, v V) bool {
		if len(key) < len(prefix) || key[:len(prefix)] != prefix {
			return false
		}
		if after != "" && key == start {
			return true
		}
		return yield(key[len(prefix):], v)
	})
}

func put[V any](n, fresh *node[V]) *node[V] {
	if n == nil {
		return fresh
	}
	if fresh.key == n.key {
		fresh.left, fresh.right = n.left, n.right
		return fresh
	}
	// A key that is in the tree sits above everything lighter, so it cannot hide below a node that is lighter.
	if fresh.weight > n.weight {
		fresh.left, fresh.right = split(n, fresh.key)
		return fresh
	}
	c := *n
	if fresh.key < n.key {
		c.left = put(n.left, fresh)
	} else {
		c.right = put(n.right, fresh)
	}
	return &c
}

func split[V any](n *node[V], key string) (below, above *node[V]) {
	if n == nil {
		return nil, nil
	}
	c := *n
	if n.key < key {
		c.right, above = split(n.right, key)
		return &c, above
	}
	below, c.left = split(n.left, key)
	return below, &c
}

func drop[V any](n *node[V], key string) *node[V] {
	if key == n.key {
		return join(n.left, n.right)
	}
	c := *n
	if key < n.key {
		c.left = drop(n.left, key)
	} else {
		c.right = drop(n.right, key)
	}
	return &c
}

func join[V any](a, b *node[V]) *node[V] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.weight > b.weight:
		c := *a
		c.right = join(a.right, b)
		return &c
	}
	c := *b
	c.left = join(a, b.left)
	return &c
}

func walk[V any](n *node[V], start string, yield func(string, V) bool) bool {
	if n == nil {
		return true
	}
	if n.key >= start {
		if !walk(n.left, start, yield) || !yield(n.key, n.value) {
			return false
		}
	}
	return walk(n.right, start, yield)
}
