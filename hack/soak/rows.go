package main

// row is one of the fault table, or what shows all of them.
type row struct {
	name, fault string
	// tests are those that show it, "package TestName"; each must pass.
	tests []string
}

// every is the name of the row of what shows all of them.
const every = "all"

// faultTable is that of docs/development/reliability.md.
var faultTable = []row{
	{"1", "a LIST is not true, the kind is gone", []string{
		"test/faults TestListEmptyPartialOrRefused", "test/faults TestCRDDeletedAndRestored",
	}},
	{"2", "the prober loses its network; a site dies", []string{
		"test/e2e/outage TestIsolatedProberRemovesNoHost", "test/e2e/failover TestSiteOutageIsNotIsolation",
	}},
	{"3", "restart, all healthy", []string{"test/e2e/quiet TestRestartWithHealthyHostsWritesNothing"}},
	{"4", "started while hosts are down", []string{
		"test/e2e/quiet TestRestartKeepsDeadHostOut", "test/e2e/quiet TestRestartKeepsFailStaticHosts",
	}},
	{"5", "crash at every write boundary", []string{
		"test/faults TestCrashAtEveryWriteBoundary", "test/faults TestObjectDeletedWhileOperatorIsDown",
	}},
	{"6", "all hosts of a Service down", []string{
		"test/e2e/outage TestFailurePolicyWhenAllHostsAreDown", "test/e2e/outage TestSimultaneousFailureKeepsHosts",
	}},
	{"7", "a name rebinds; addresses that are nobody's to publish", []string{
		"test/e2e/names TestNameRebindingIsDenied", "test/e2e/names TestClusterAddressesAreDenied", "test/api TestAPIServerValidation",
	}},
	{"8", "takeover, selector, new UID, foreign slices", []string{
		"test/faults TestServiceRecreatedWithNewUID", "test/e2e/service TestTakeoverOfEndpointsKeepsTraffic",
		"test/e2e/service TestSelectorWithdrawsSlices", "test/e2e/service TestForeignSlicesAreReportedAndKept",
	}},
	{"9", "leader stopped, then continued", []string{
		"test/faults TestLeaderSuspendedAndResumed", "test/e2e/quiet TestStoppedLeaderRevertsNothing",
	}},
	{"10", "leader killed, terminated", []string{
		"test/faults TestLeaderFailover", "test/e2e/quiet TestStandbyBecomesLeader", "test/e2e/quiet TestLeaderChangeWritesNothing",
	}},
	{"11", "name servers that fail", []string{
		"test/e2e/names TestNameserverFailureKeepsHosts", "test/e2e/names TestNameWithTooManyAddressesIsCapped",
		"test/e2e/names TestOperatorStartsWithoutNameserver",
	}},
	{"12", "API server away", []string{"test/faults TestAPIServerOutage"}},
	{"13", "stale API server after a restart", []string{"test/faults TestStaleAPIServerAfterRestart"}},
	{"14", "watches cut, events held back", []string{
		"test/faults TestWatchCutAroundEvent", "test/faults TestWatchEventsOfOneKindDelayed",
	}},
	{"15", "every second write fails", []string{"test/faults TestEverySecondWriteFails"}},
	{"16", "others edit our slices, or fight", []string{
		"test/faults TestConflictingControllerIsDamped",
		"test/e2e/service TestForeignChangesAreReverted", "test/e2e/service TestConflictingControllerIsDamped",
	}},
	{"17", "any sequence of specs, any size", []string{
		"test/faults TestAnySequenceOfSpecsConverges", "test/e2e/service TestSliceSplitAndMergeLeavesOtherSlices",
		"test/e2e/service TestDualStackWith500Hosts", "test/e2e/service TestServiceWith16Ports",
	}},
	{"18", "hostile hosts", []string{
		"probes/epoll TestRow18HostileHostsAreToldApartAndCutOff", "probes/epoll TestRow18AThousandHangingHostsSlowNobodyElse",
		"test/faults TestHostileHostsDoNotAffectHealthyOnes",
	}},
	{"19", "30 % packet loss", []string{"test/e2e/outage TestPacketLossRemovesHostAsThresholdPredicts"}},
	{"20", "the prober is starved of CPU", []string{
		"test/e2e/failover TestProberStarvedOfCPURemovesNoHost", "test/bench TestProberStarvedOfCPURemovesDeadHostsOnly",
	}},
	{"21", "at rest", []string{
		"test/faults TestIdleOperatorWritesNothing", "test/e2e/quiet TestIdleOperatorWritesNothing",
	}},
	{"22", "secrets, and what hosts say", []string{
		"test/e2e/access TestOperatorLeaksNoSecretsOrResponses", "test/e2e/access TestReferencesAreFollowedAndNotLeaked",
	}},
	{"23", "rights, a stolen token", []string{
		"test/e2e/access TestRBACGrantsUsedVerbsOnly",
		"test/chart TestStolenTokenCannotTouchForeignObjects", "test/chart TestAdmissionPolicyRejectsForeignWrites",
	}},
	{"24", "upgrade", []string{"test/faults TestUpgradeWritesNothing", "test/chart TestReleaseInstallUpgradeUninstall"}},
	{"25", "hostile answers, a namespace at every limit", []string{
		"test/e2e/failover TestFailoverTimeIsSameBesideHostileZoneAndPattern",
		"test/e2e/failover TestFailoverTimeIsSameBesideNamespaceAtEveryLimit",
		"test/e2e/failover TestFailoverTimeIsSameBesideGreedyNamespace",
		"test/e2e/failover TestFailoverTimeIsSameWhileAnotherNamespaceLosesManyHosts",
		"probes/epoll TestSlowPatternsDelayNoOtherProbe", "probes/resolve TestResolverSurvivesHostileZones",
		"probes/engine TestEngineProbesInFlightAreBounded", "probes/engine TestEngineRateLimitIsSharedFairlyBetweenNamespaces",
		"probes/engine TestEngineSharesStartsFairlyWhileItLacksCPU",
	}},
	{"26", "lost slices, restores, a finalizer, a webhook on Services", []string{
		"test/faults TestSliceLostWhileTheWatchWasAwayIsRestored", "test/faults TestRestoreInAnyOrder",
		"test/faults TestTerminatingObjectIsServedUntilItIsGone", "test/faults TestMutatingWebhookOnServices",
	}},
	{"27", "roles that move", []string{
		"test/e2e/outage TestServiceFollowsRoleThatMoves", "test/e2e/outage TestFlappingHostAmongDeadOnesMovesNothing",
		"test/faults TestRoleMovesWhileOperatorIsKilled", "controllers/externalservice TestDecideRoleMoves",
	}},
	{"28", "clocks step, processes and nodes stop", []string{
		"test/faults TestLeaderSuspendedAndResumed", "test/e2e/quiet TestStoppedLeaderRevertsNothing",
		"probes/engine TestEngineStoppedForAnHourIsAliveAndLosesNoHost", "probes/engine TestEngineScheduleTimesKeepTheMonotonicReading",
		"internal/operator TestFenceClosesBeforeLeaseExpires",
	}},
	{every, "every state that can be reached, and drawn lives", []string{
		"controllers/externalservice TestNoReachableStateBreaksAPromise", "controllers/externalservice TestTheSimulatedWorldIsServed",
	}},
}
