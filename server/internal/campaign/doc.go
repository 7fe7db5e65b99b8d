// Package campaign keeps campaigns and the calls of officers: how a call is composed, checked, said yes to by a second
// officer, sent, corrected, called off and closed (S-190 to S-192).
//
// A call goes from draft over proposed and scheduled to sending, sent and closed, and can be cancelled until it is closed;
// state.go holds the whole table. Nothing is sent here: at the sending the list is resolved, and one transaction writes the
// record that phones read, the intent with its shares, and the audit log. Package notify plans the deliveries of an intent,
// package push makes them. Run does what nobody asks for: it sends what is due, marks as sent what was handed over, and
// closes what is over.
//
// Who acts on a call is an officer of all units that call. Every act names the grant in the audit log, and no log line
// holds more than ids, codes and counts.
package campaign
