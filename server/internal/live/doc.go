// Package live tells connected phones that something they follow has changed, and never what: a poke has no content,
// the phone answers it with an ordinary sync. So a poke that is lost, doubled or late can harm nothing.
//
// A [Hub] knows which scopes each connected phone follows. It hears of changes in two ways: the sync service of this
// process calls [Hub.Changed] after each commit, and the hub itself looks at the heads of the followed scopes every
// second or two, which catches what another process (the operator's command line) or another server node wrote. Both
// end in one comparison of heads, under which a change pokes each phone once. The same look catches revoked devices
// and changed grants.
//
// A phone is poked as soon as its stream opens: that closes the gap between its last sync and its joining.
package live
