// Package ec2 holds the rules about instances.
package ec2
