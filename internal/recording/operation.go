// Package recording is the format in which Buttress keeps what AWS answered:
// folders of API bodies as the AWS CLI prints them, a manifest, and gaps for
// the calls that have no answer. It reads and writes recordings and promises
// that nothing outside of them is read or written.
package recording

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Operation is one operation of the AWS API, written with the AWS CLI's word for
// the service and the API's own name: "elbv2:DescribeLoadBalancers".
type Operation string

// Service is the AWS CLI's word for the service ("elbv2").
func (o Operation) Service() string {
	service, _, _ := strings.Cut(string(o), ":")
	return service
}

// Name is the API's name for the operation ("DescribeLoadBalancers").
func (o Operation) Name() string {
	_, name, _ := strings.Cut(string(o), ":")
	return name
}

// Command is the AWS CLI's name for the operation ("describe-load-balancers"),
// spelled as the CLI's own xform_name does: "DescribeDBInstances" is
// "describe-db-instances".
func (o Operation) Command() string {
	var b strings.Builder
	text := o.Name()
	plural := acronyms.FindString(text) // "ListWebACLs" ends with one word
	name := []rune(strings.TrimSuffix(text, plural))
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			afterLower := !unicode.IsUpper(name[i-1])
			beforeLower := i+1 < len(name) && unicode.IsLower(name[i+1])
			if afterLower || beforeLower {
				b.WriteByte('-')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if plural != "" && b.Len() > 0 {
		b.WriteByte('-')
	}
	return b.String() + strings.ToLower(plural)
}

// acronyms are several of one kind at the end of a name.
var acronyms = regexp.MustCompile(`[A-Z]{2,}s$`)

// File is the name, without an ending, of the file or folder that holds the
// answers to the operation ("elbv2-describe-load-balancers").
func (o Operation) File() string { return o.Service() + "-" + o.Command() }

// Global is the folder of the answers of services that have no Region.
const Global = "global"

// Call is one call of an operation: in one Region, and about one resource where
// the operation does not list. Resource is empty for a list.
type Call struct {
	Region    string
	Operation Operation
	Resource  string
}

// Path is where the answer to the call stands in the folder of an account.
func (c Call) Path() string {
	if c.Resource == "" {
		return c.Region + "/" + c.Operation.File() + ".json"
	}
	return c.Region + "/" + c.Operation.File() + "/" + Escape(c.Resource) + ".json"
}

// Escape writes an id as a file name, as Python's urllib.parse.quote(id, safe=”)
// does: everything but ASCII letters, digits and "-._~" becomes %XX.
func Escape(id string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// Unescape reads an id from a file name. A name that is not escaped properly is
// an error.
func Unescape(name string) (string, error) { return url.PathUnescape(name) }
