// Package failover decides which endpoints are published. It is pure.
//
//	verdicts, network, previous decision ──▶ Rules.Decide ──▶ Decision
//
// Healthy endpoints of the active tiers are added at once. Every removal that is no change of
// the spec passes one gate; see [Gate.Removal]. Where no tier has minHealthy endpoints, the
// failure policy decides; see [Rules].
package failover
