// Package rds holds the rules about databases of Amazon RDS.
package rds
