package checks

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint names the verdict of a rule on a resource. It is the same in every
// scan and every version, whatever the message says: baselines and the systems
// that results are sent to recognise a result by it.
func Fingerprint(rule, account, region, resourceType, id string) string {
	h := sha256.New()
	for _, part := range []string{rule, account, region, resourceType, id} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
