// Package workload holds the rules about what several services make up together.
package workload
