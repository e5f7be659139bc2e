package recording

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FormatVersion is the version of the format that this package writes, and the
// newest that it reads.
const FormatVersion = "1"

// ManifestFile is the name of the manifest in the folder of an account.
const ManifestFile = "recording.json"

// Manifest says what a recording is a recording of.
type Manifest struct {
	FormatVersion string `json:"formatVersion"`
	Account       string `json:"account"`   // twelve digits
	Partition     string `json:"partition"` // aws, aws-cn, aws-us-gov, ...
	// CapturedAt is when the recording was begun; zero where nobody noted it.
	CapturedAt time.Time `json:"capturedAt,omitzero"`
	// Caller is the ARN that made the calls.
	Caller  string   `json:"caller,omitempty"`
	Tool    *Tool    `json:"tool,omitempty"`
	Regions []string `json:"regions"` // those asked for
	// Endpoint is where the calls went if that was not AWS.
	Endpoint string `json:"endpoint,omitempty"`
	Gaps     []Gap  `json:"gaps"`
	// Unknown holds the keys that this version does not know.
	Unknown jsontext.Value `json:",embed"`
}

// Tool is the program that made a recording.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Gap says that a call has no answer, and why. It is an error, so that nobody
// overlooks it.
type Gap struct {
	// Account is the account that was asked. A manifest leaves it out: there it
	// is that of the manifest.
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region"`
	Operation Operation `json:"operation"`
	// Resource is set only where a call about one resource is missing.
	Resource string `json:"resource"`
	Code     string `json:"code"`    // AWS's own, or one of the codes below
	Message  string `json:"message"` // AWS's own, without request ids
}

// Codes of gaps that are not AWS's.
const (
	// NotRecorded is the code where there is no file and nobody said why, or where
	// the file lacks what others in the recording name.
	NotRecorded = "NotRecorded"
	// MalformedResponse is the code of an answer that is not the API's.
	MalformedResponse = "MalformedResponse"
	// Interrupted is the code of a call that the end of the scan cut off.
	Interrupted = "Interrupted"
	// Unreachable is the code where no connection to the endpoint could be made.
	Unreachable = "Unreachable"
)

func (g *Gap) Error() string {
	what := string(g.Operation)
	if g.Resource != "" {
		what += " of " + g.Resource
	}
	return fmt.Sprintf("%s in %s: %s: %s", what, g.Region, g.Code, g.Message)
}

// Call is the call that has no answer.
func (g *Gap) Call() Call { return Call{g.Region, g.Operation, g.Resource} }

// CompareGaps orders gaps by account, Region, operation and resource.
func CompareGaps(a, b Gap) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Resource, b.Resource))
}

// encode writes the manifest as it stands in the file, with the gaps in order.
func (m Manifest) encode() ([]byte, error) {
	m.Gaps = slices.Clone(m.Gaps)
	slices.SortFunc(m.Gaps, CompareGaps)
	for i := range m.Gaps {
		m.Gaps[i].Account = ""
	}
	b, err := json.Marshal(m, jsontext.WithIndent("  "), json.Deterministic(true), json.FormatNilSliceAsNull(false),
		jsontext.AllowInvalidUTF8(true)) // a message may hold anything
	return append(b, '\n'), err
}
