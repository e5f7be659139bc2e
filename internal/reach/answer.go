package reach

// Missing is a call on which an answer hangs and that has no recorded answer.
type Missing struct {
	Operation string `json:"operation"`
	Region    string `json:"region"`
	Account   string `json:"account"`
	Resource  string `json:"resource"` // of calls about one resource; else empty
}

// The answers to a question.
const (
	Reachable   = "reachable"
	Partial     = "partial"      // from some of the sources, on some of the ports, or for some ports of clients
	ForwardOnly = "forward_only" // packets arrive, replies do not return
	Blocked     = "blocked"
	Unknown     = "unknown" // it hangs on what is not recorded
)

// Path is a way that packets take, and the way of the replies.
type Path struct {
	Hops  []Hop `json:"hops"`
	Reply []Hop `json:"reply"`
}

// Answer is the answer to one question. It is a public contract: docs/trace.schema.json.
type Answer struct {
	Answer string `json:"answer"`
	// Via is direct, load-balancer or mixed where traffic arrives, else empty and left out.
	Via      string  `json:"via,omitempty"`
	From     *string `json:"from" jsonschema:"nullable"` // null where it was asked who
	To       string  `json:"to"`
	Protocol string  `json:"protocol"`
	Port     *int    `json:"port" jsonschema:"nullable"` // null for all ports
	// Sources are the ranges, merged and sorted, from which some asked port works
	// both ways; where it was asked who, ids of resources too, and those that surely do.
	Sources  []string  `json:"sources"`
	Paths    []Path    `json:"paths"`
	Blockers []Blocker `json:"blockers"`
	// Missing is on what the answer hangs, or on what it hangs whether there are more
	// sources.
	Missing []Missing `json:"missing"`
	Assumed []string  `json:"assumed"`
}
