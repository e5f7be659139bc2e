// Package securitygroup holds the rules about security groups.
package securitygroup
