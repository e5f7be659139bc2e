// Package elb holds the rules about load balancers and their targets, of Elastic
// Load Balancing and of its previous generation.
package elb
