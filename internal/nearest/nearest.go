// Package nearest finds the word that somebody meant.
package nearest

import "strings"

// Hint names the word of a list that somebody meant, as the end of a sentence: it
// takes the fewest changes of a letter to reach, and no more than half of the
// word. It is empty where there is no such word.
func Hint(word string, known []string) string {
	if near := Word(word, known); near != "" {
		return ": the nearest is " + near
	}
	return ""
}

// Word is the word alone. Upper and lower case are the same.
func Word(word string, known []string) string {
	best, least := "", int(^uint(0)>>1)
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if d < least && 2*d <= max(len(word), len(k)) {
			best, least = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
