package main

// row is one of the fault table, or what shows all of them.
type row struct {
	name, fault string
	// tests are those that show it, "package TestName"; each must pass.
	tests []string
}

// faultTable is that of docs/reliability.md.
var faultTable = []row{
	{"1", "a LIST is not true, the kind is gone", []string{
		"test/faults TestRow1ListsThatAreNotTrue", "test/faults TestRow1TheKindIsGoneForAWhile",
	}},
	{"2", "the prober loses its network; a site dies", []string{
		"test/e2e/outage TestProberWithoutItsNetworkTakesNobodyOut", "test/e2e/failover TestADeadSiteIsNoDeadNetwork",
	}},
	{"3", "restart, all healthy", []string{"test/e2e/quiet TestRestartWithAllHostsHealthyWritesNothing"}},
	{"4", "started while hosts are down", []string{
		"test/e2e/quiet TestRestartDoesNotBringADeadHostBack", "test/e2e/quiet TestRestartWhileAllHostsAreDownKeepsThemPublished",
	}},
	{"5", "crash at every write boundary", []string{
		"test/faults TestRow5CrashAtEveryWriteBoundary", "test/faults TestRow5DeletedWhileTheOperatorIsDead",
	}},
	{"6", "all hosts of a Service down", []string{
		"test/e2e/outage TestEachPolicyDoesWhatItSaysWhenAllHostsAreDown", "test/e2e/outage TestHostsThatDieTogetherAreKept",
	}},
	{"7", "a name rebinds; addresses that are nobody's to publish", []string{
		"test/e2e/names TestANameThatRebinds", "test/e2e/names TestTheClustersOwnAddressesAreDenied", "test/api TestAPIServer",
	}},
	{"8", "takeover, selector, new UID, foreign slices", []string{
		"test/faults TestRow8TheServiceIsMadeAnew", "test/e2e/service TestHandWrittenEndpointsAreTakenOverWithoutAGap",
		"test/e2e/service TestASelectorGivesTheServiceToItsPods", "test/e2e/service TestForeignSlicesAreReportedAndLeftAlone",
	}},
	{"9", "leader stopped, then continued", []string{
		"test/faults TestRow9TheLeaderIsStopped", "test/e2e/quiet TestLeaderThatSleptThroughItsLeaseChangesNothingBack",
	}},
	{"10", "leader killed, terminated", []string{
		"test/faults TestRow10AnotherLeads", "test/e2e/quiet TestStandbyTakesOver", "test/e2e/quiet TestChangeOfLeaderWritesNothing",
	}},
	{"11", "name servers that fail", []string{
		"test/e2e/names TestANameServerThatFails", "test/e2e/names TestANameOfMoreAddressesThanMayBe",
		"test/e2e/names TestAnOperatorThatStartsWithoutNames",
	}},
	{"12", "API server away", []string{"test/faults TestRow12TheAPIServerIsAway"}},
	{"13", "stale API server after a restart", []string{"test/faults TestRow13StaleAPIServerAfterARestart"}},
	{"14", "watches cut, events held back", []string{
		"test/faults TestRow14WatchCutAroundAnEvent", "test/faults TestRow14EventsOfOneKindAreHeldBack",
	}},
	{"15", "every second write fails", []string{"test/faults TestRow15EverySecondWriteFails"}},
	{"16", "others edit our slices, or fight", []string{
		"test/faults TestRow16AFightIsDamped", "test/e2e/service TestWhatOthersDoToOurObjectsIsUndone", "test/e2e/service TestAFightIsDamped",
	}},
	{"17", "any sequence of specs, any size", []string{
		"test/faults TestRow17AnySequenceOfSpecs", "test/e2e/service TestASliceIsSplitAndPutBackWithoutTouchingTheOthers",
		"test/e2e/service TestFiveHundredHostsOfBothFamilies", "test/e2e/service TestSixteenPorts",
	}},
	{"18", "hostile hosts", []string{
		"probes/epoll TestRow18HostileHostsAreToldApartAndCutOff", "probes/epoll TestRow18AThousandHangingHostsSlowNobodyElse",
		"test/faults TestRow18HealthyHostsBesideACrowdOfHostileOnes",
	}},
	{"19", "30 % packet loss", []string{"test/e2e/outage TestAHostThatLosesPacketsIsOutNoMoreOftenThanItsThresholdSays"}},
	{"20", "the prober is starved of CPU", []string{
		"test/e2e/failover TestAStarvedProberTakesNobodyDown", "test/bench TestAStarvedProberTakesNobodyDownAndFindsTheDead",
	}},
	{"21", "at rest", []string{
		"test/faults TestRow21NothingHappensAtRest", "test/e2e/quiet TestNothingIsWrittenAtRestAndOneOfEachForATransition",
	}},
	{"22", "secrets, and what hosts say", []string{
		"test/e2e/access TestRow22NothingSecretAndNothingSaidLeavesTheOperator", "test/e2e/access TestReferencesAreFollowedAndToldToNobody",
	}},
	{"23", "rights, a stolen token", []string{
		"test/e2e/access TestRightsAreThoseThatAreUsed", "test/chart TestRow23AStolenToken", "test/chart TestFence",
	}},
	{"24", "upgrade", []string{"test/faults TestRow24Upgrade", "test/chart TestLifeOfARelease"}},
	{"27", "roles that move", []string{
		"test/e2e/outage TestServiceFollowsRoleThatMoves", "controllers/externalservice TestDecideRoleMoves",
	}},
	{"all", "every state that can be reached, and drawn lives", []string{
		"controllers/externalservice TestNoReachableStateBreaksAPromise", "controllers/externalservice TestTheSimulatedWorldIsServed",
	}},
}
