// Package text shortens what status, events and conditions say. It is pure.
package text
