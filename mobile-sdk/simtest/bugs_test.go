package simtest_test

import (
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest"
	"lantoa/mobile-sdk/simtest/model"
)

// bites are the bugs: mistakes that a server or a phone could make. What broke is the first thing that a run noticed.
var bites = []bite{
	{
		name: "server: skip the head lock", seed: 1, server: model.Bugs{SkipHeadLock: true},
		broken: []simtest.Invariant{simtest.SumsEqual, simtest.Converges},
	},
	{
		name: "server: forget the savepoint", seed: 3, server: model.Bugs{ForgetSavepoint: true},
		broken: []simtest.Invariant{simtest.ExactlyOnce},
	},
	{
		name: "server: forget outcomes", seed: 1, server: model.Bugs{ForgetOutcomes: true},
		broken: []simtest.Invariant{simtest.OutcomesStable, simtest.ExactlyOnce},
	},
	{
		name: "server: counter in a second transaction", seed: 1, server: model.Bugs{LateCounter: true},
		broken: []simtest.Invariant{simtest.ExactlyOnce},
	},
	{
		name: "server: drafts on the desk", seed: 1, server: model.Bugs{LeakDrafts: true},
		broken: []simtest.Invariant{simtest.OnlyGranted},
	},
	{
		name: "server: lose the losing side", seed: 4, server: model.Bugs{LoseLoser: true},
		broken: []simtest.Invariant{simtest.StaysOnPhone, simtest.NothingLost, simtest.HasCard},
	},
	{
		name: "server: the wrong loser", seed: 59, server: model.Bugs{WrongLoser: true},
		broken: []simtest.Invariant{simtest.HasCard},
	},
	{
		name: "server: tombstones stay in the sum", seed: 1, server: model.Bugs{StaleSum: true},
		broken: []simtest.Invariant{simtest.SumsEqual},
	},
	{
		name: "server: same epoch after a restore", seed: 5, server: model.Bugs{KeepEpoch: true},
		broken: []simtest.Invariant{simtest.Converges, simtest.SumsEqual},
	},
	{
		name: "server: no removal", seed: 71, server: model.Bugs{ForgetRemoval: true},
		broken: []simtest.Invariant{simtest.GetsQuiet, simtest.OnlyGranted, simtest.SumsEqual},
	},
	{
		name: "server: origins ignored", seed: 2, server: model.Bugs{IgnoreOrigin: true},
		broken: []simtest.Invariant{simtest.ExactlyOnce},
	},
	{
		name: "server: cursor past a cut page", seed: 1, server: model.Bugs{SkipPageRest: true},
		broken: []simtest.Invariant{simtest.Converges, simtest.SumsEqual},
	},
	{
		name: "server: no drops", seed: 7, server: model.Bugs{ForgetDrops: true},
		broken: []simtest.Invariant{simtest.OnlyGranted},
	},
	{
		name: "server: no dead letters", seed: 2, server: model.Bugs{LoseDeadLetter: true},
		broken: []simtest.Invariant{simtest.NothingLost},
	},
	{
		name: "server: children stay behind", seed: 5, server: model.Bugs{StrandChildren: true},
		broken: []simtest.Invariant{simtest.OnlyGranted},
	},
	{
		name: "server: files arrive unseen", seed: 1, server: model.Bugs{ArriveUnplaced: true},
		broken: []simtest.Invariant{simtest.SumsEqual, simtest.ViewIsFact},
	},
	{
		name: "server: an edit makes what a restore lost", seed: 80, server: model.Bugs{FoundByEdit: true},
		broken: []simtest.Invariant{simtest.AuthorStays},
	},
	{
		name: "server: a rejection blocks", seed: 1, server: model.Bugs{BlockOnReject: true},
		broken: []simtest.Invariant{simtest.GetsQuiet},
	},
	{
		name: "phone: cursor before page", seed: 2, phone: hook.Bugs{CursorBeforePage: true},
		broken: []simtest.Invariant{simtest.SumsEqual, simtest.ViewIsFact, simtest.Converges},
	},
	{
		name: "phone: quarantine thrown away", seed: 5, phone: hook.Bugs{DropQuarantine: true},
		broken: []simtest.Invariant{simtest.NothingLost, simtest.StaysOnPhone},
	},
	{
		name: "phone: journal forgotten", seed: 1, phone: hook.Bugs{ForgetJournal: true},
		broken: []simtest.Invariant{simtest.InTray, simtest.NothingLost},
	},
	{
		name: "phone: fork taken for an answer", seed: 1, phone: hook.Bugs{IgnoreFork: true},
		broken: []simtest.Invariant{simtest.NothingLost, simtest.InTray},
	},
	{
		name: "phone: sums believed, over a server that skips", seed: 1, phone: hook.Bugs{SkipDigest: true}, server: model.Bugs{SkipPageRest: true},
		broken: []simtest.Invariant{simtest.Converges, simtest.ViewIsFact},
	},
	{
		name: "phone: snapshot removes nothing", seed: 24, phone: hook.Bugs{KeepUnconfirmed: true},
		broken: []simtest.Invariant{simtest.SumsEqual, simtest.OnlyGranted},
	},
	{
		name: "phone: no tray", seed: 1, phone: hook.Bugs{DropRejected: true},
		broken: []simtest.Invariant{simtest.InTray},
	},
	{
		name: "phone: forgets what it sent", seed: 1, phone: hook.Bugs{ForgetOnSend: true},
		broken: []simtest.Invariant{simtest.StaysOnPhone, simtest.NothingLost},
	},
}
