// Package autoscaling holds the rules about groups of Amazon EC2 Auto Scaling.
package autoscaling
