// Package checks turns the API's health checks into probes, with what they refer to in
// Secrets and ConfigMaps. It is pure: the References are read by the controller.
package checks
