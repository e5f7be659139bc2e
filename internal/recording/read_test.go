package recording_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/recording"
)

func TestFoldersAndArchivesGiveTheSameBodies(t *testing.T) {
	inAll(t, sample(), options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		a := r.Accounts[0]
		if len(r.Accounts) != 1 || a.Manifest.Account != "111122223333" || a.Folder != "" {
			t.Errorf("accounts: %+v", a)
		}
		if got := body(t, a, subnetsCall); got != subnets {
			t.Errorf("subnets: %s", got)
		}
		if got := body(t, a, healthCall); got != `{"TargetHealthDescriptions": []}` {
			t.Errorf("target health: %s", got)
		}
		if got := a.Path(healthCall); got != healthFile {
			t.Errorf("path: %s", got)
		}
		if diff := cmp.Diff([]string{healthCall.Resource}, a.Resources("eu-west-1", healthCall.Operation)); diff != "" {
			t.Errorf("resources -want +got:\n%s", diff)
		}
		if diff := cmp.Diff([]string{"README.txt"}, r.Ignored); diff != "" {
			t.Errorf("ignored -want +got:\n%s", diff)
		}
		if diff := cmp.Diff([]string{"eu-west-1"}, a.Regions); diff != "" {
			t.Errorf("Regions -want +got:\n%s", diff)
		}
	})
}

func TestSeveralAccountsLieInFolders(t *testing.T) {
	entries := []entry{
		{name: "444455556666/" + subnetsFile, body: subnets},
		{name: "111122223333/recording.json", body: manifest},
		{name: "111122223333/eu-north-1/ec2-describe-subnets.json", body: `{"Subnets": []}`},
	}
	inAll(t, entries, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		var got []string
		for _, a := range r.Accounts {
			got = append(got, fmt.Sprint(a.Folder, a.Manifest.Account, a.Regions))
		}
		if diff := cmp.Diff([]string{"111122223333/111122223333[eu-north-1 eu-west-1]", "444455556666/444455556666[eu-west-1]"}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got := r.Accounts[1].Path(subnetsCall); got != "444455556666/"+subnetsFile {
			t.Errorf("path: %s", got)
		}
	})
}

func TestWithoutManifest(t *testing.T) {
	inAll(t, []entry{{name: subnetsFile, body: subnets}, {name: "global/ec2-describe-subnets.json", body: subnets}}, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if a := r.Accounts[0]; a.Manifest != nil || fmt.Sprint(a.Regions) != "[eu-west-1]" {
			t.Errorf("%+v %v", a.Manifest, a.Regions)
		}
		got := body(t, r.Accounts[0], healthCall)
		if got != "gap NotRecorded: the recording has no answer to this call" {
			t.Error(got)
		}
	})
}

func TestRefusals(t *testing.T) {
	file := func(name, body string) []entry { return []entry{{name: name, body: body}} }
	deep := strings.Repeat(`[`, 1_000_000)
	many := sample()
	for i := range 60 {
		many = append(many, entry{name: fmt.Sprintf("notes/%d.txt", i)})
	}
	for name, test := range map[string]struct {
		entries []entry
		want    string
	}{
		"nothing":                               {nil, "is no recording"},
		"nothing that is known":                 {file("eu-west-1/notes.json", "{}"), "is no recording"},
		"a known name in no Region":             {file("europe/ec2-describe-subnets.json", "{}"), "is no recording"},
		"an account and folders of accounts":    {append(sample(), entry{name: "444455556666/" + subnetsFile, body: subnets}), "has both files of one account and folders of accounts"},
		"a manifest of another account":         {file("444455556666/recording.json", manifest), `444455556666/recording.json: is of account "111122223333"`},
		"a newer format":                        {file("recording.json", `{"formatVersion": "2"}`), `recording.json: /formatVersion: is "2", and this program reads "1" only`},
		"no format":                             {file("recording.json", `{}`), `recording.json: /formatVersion: is ""`},
		"an account that is none":               {file("recording.json", `{"formatVersion": "1", "account": "1111"}`), `recording.json: /account: "1111" is no account id`},
		"a Region that is none":                 {file("recording.json", `{"formatVersion": "1", "regions": ["eu-west-1", "../x"]}`), `recording.json: /regions/1: "../x" is no Region`},
		"a gap in a Region that is none":        {file("recording.json", `{"formatVersion": "1", "gaps": [{"region": "here", "operation": "ec2:DescribeSubnets"}]}`), `/gaps/0/region: "here" is no Region`},
		"a gap of an operation that is none":    {file("recording.json", `{"formatVersion": "1", "gaps": [{"region": "eu-west-1", "operation": "DescribeSubnets"}]}`), `/gaps/0/operation: "DescribeSubnets" is no operation`},
		"a manifest that is no JSON":            {file("recording.json", "formatVersion: 1"), "recording.json: "},
		"a manifest with something behind it":   {file("recording.json", manifest+"{}"), "recording.json: "},
		"a manifest that is a list":             {file("recording.json", "[]"), "recording.json: "},
		"a manifest of the wrong types":         {file("recording.json", `{"formatVersion": "1", "regions": "eu-west-1"}`), "/regions"},
		"a manifest with a key twice":           {file("recording.json", `{"formatVersion": "1", "account": "111122223333", "account": "444455556666"}`), "account"},
		"a manifest nested too deep":            {file("recording.json", `{"formatVersion": "1", "x": `+deep[:30]), "is nested deeper than 20"},
		"a gap where there is a file":           {append(sample()[1:], entry{name: "recording.json", body: `{"formatVersion": "1", "gaps": [{"region": "eu-west-1", "operation": "ec2:DescribeSubnets", "code": "AccessDenied"}]}`}), "ec2:DescribeSubnets in eu-west-1 is said to be missing, but " + subnetsFile + " is there"},
		"a gap of a resource that has a file":   {append(sample()[1:], entry{name: "recording.json", body: `{"formatVersion": "1", "gaps": [{"region": "eu-west-1", "operation": "elbv2:DescribeTargetHealth", "resource": "` + healthCall.Resource + `"}]}`}), "is said to be missing, but"},
		"two gaps of one call that differ":      {file("recording.json", `{"formatVersion": "1", "gaps": [{"region": "eu-west-1", "operation": "ec2:DescribeSubnets", "code": "A"}, {"region": "eu-west-1", "operation": "ec2:DescribeSubnets", "code": "B"}]}`), "/gaps/1: ec2:DescribeSubnets in eu-west-1 is said to be missing twice"},
		"two files of one resource":             {append(sample(), entry{name: strings.Replace(healthFile, "web", "we%62", 1), body: "{}"}), "is the same call as"},
		"too many files, read or not":           {many, "has more than 50 files"},
		"a body that is too large":              {append(sample()[:1], entry{name: subnetsFile, body: strings.Repeat(" ", 64<<10+1)}), subnetsFile + ": "},
		"a file that is too large, read or not": {append(sample(), entry{name: "core", body: strings.Repeat(" ", 64<<10+1)}), "core: "},
		"files that are too large together":     {large(20), ""},
		"a manifest that is larger than a body": {file("recording.json", `{"formatVersion": "1", "x": "`+strings.Repeat("x", 64<<10)+`"}`), "recording.json: "},
	} {
		t.Run(name, func(t *testing.T) {
			inAll(t, test.entries, options(), func(t *testing.T, _ *recording.Recording, err error) {
				t.Helper()
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
			})
		})
	}
}

// large are n files of 60 KiB each that do not compress well.
func large(n int) []entry {
	entries := sample()
	for i := range n {
		entries = append(entries, entry{name: fmt.Sprintf("notes/%d.txt", i), body: strings.Repeat(fmt.Sprint(i), 60<<10)[:60<<10]})
	}
	return entries
}

func TestUnknownKeysOfAManifestAreKept(t *testing.T) {
	text := `{"formatVersion": "1", "account": "111122223333", "colour": "green", "regions": [], "gaps": []}`
	inAll(t, []entry{{name: "recording.json", body: text}}, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if got := string(r.Accounts[0].Manifest.Unknown); got != `{"colour":"green"}` {
			t.Errorf("unknown: %s", got)
		}
	})
}

func TestGaps(t *testing.T) {
	text := `{"formatVersion": "1", "account": "111122223333", "regions": ["eu-west-1"], "gaps": [
		{"region": "eu-west-1", "operation": "ec2:DescribeSubnets", "resource": "", "code": "UnauthorizedOperation", "message": "no"},
		{"region": "eu-west-1", "operation": "ec2:DescribeSubnets", "resource": "", "code": "UnauthorizedOperation", "message": "no"},
		{"region": "eu-west-1", "operation": "elbv2:DescribeTargetHealth", "resource": "arn:1", "code": "Throttling", "message": "slow"}]}`
	inAll(t, []entry{{name: "recording.json", body: text}}, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		a := r.Accounts[0]
		want := &recording.Gap{Account: "111122223333", Region: "eu-west-1", Operation: "ec2:DescribeSubnets", Code: "UnauthorizedOperation", Message: "no"}
		if diff := cmp.Diff(want, a.Gap(subnetsCall)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got := body(t, a, subnetsCall); got != "gap UnauthorizedOperation: no" {
			t.Error(got)
		}
		if got := a.Resources("eu-west-1", "elbv2:DescribeTargetHealth"); len(got) != 1 || got[0] != "arn:1" {
			t.Errorf("resources: %v", got)
		}
	})
}

// What "aws ... > file 2>&1" leaves in a script that goes on.
func TestBodies(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"empty":                        {"", "gap NotRecorded: the file is empty: the call that was to fill it failed"},
		"blank":                        {" \r\n\t", "gap NotRecorded: the file is empty: the call that was to fill it failed"},
		"a mark and nothing":           {"\ufeff", "gap NotRecorded: the file is empty: the call that was to fill it failed"},
		"a refusal":                    {"\nAn error occurred (UnauthorizedOperation) when calling the DescribeSubnets operation: You are not authorized.\n", "gap UnauthorizedOperation: You are not authorized."},
		"a refusal of CLI version 2":   {"aws: [ERROR]: An error occurred (AccessDenied) when calling the DescribeSubnets operation: no", "gap AccessDenied: no"},
		"a refusal after retries":      {"An error occurred (RequestLimitExceeded) when calling the DescribeSubnets operation (reached max retries: 4): Request limit exceeded.", "gap RequestLimitExceeded: Request limit exceeded."},
		"a refusal with a mark":        {"\ufeffAn error occurred (AccessDenied) when calling the DescribeSubnets operation: no", "gap AccessDenied: no"},
		"a body that quotes a refusal": {`{"Subnets": [], "x": "An error occurred (AccessDenied) when calling the X operation: no"}`, `{"Subnets": [], "x": "An error occurred (AccessDenied) when calling the X operation: no"}`},
		"a mark":                       {"\ufeff" + subnets, subnets},
		"no JSON":                      {"<html>", "<html>"}, // whoever decodes it says so
	} {
		t.Run(name, func(t *testing.T) {
			inAll(t, []entry{{name: subnetsFile, body: test.body}}, options(), func(t *testing.T, r *recording.Recording, err error) {
				t.Helper()
				must(t, err)
				if got := body(t, r.Accounts[0], subnetsCall); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestAMarkBeforeTheManifestIsSkipped(t *testing.T) {
	inAll(t, []entry{{name: "recording.json", body: "\ufeff" + manifest}}, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if r.Accounts[0].Manifest.Account != "111122223333" {
			t.Errorf("%+v", r.Accounts[0].Manifest)
		}
	})
}

func TestUTF16IsRefused(t *testing.T) {
	for name, entries := range map[string][]entry{
		"recording.json": {{name: "recording.json", body: "\xff\xfe{\x00}\x00"}},
		subnetsFile:      {{name: "recording.json", body: manifest}, {name: subnetsFile, body: "\xfe\xff\x00{\x00}"}},
	} {
		inAll(t, entries, options(), func(t *testing.T, r *recording.Recording, err error) {
			t.Helper()
			if err == nil {
				_, err = r.Accounts[0].Open(subnetsCall)
			}
			if err == nil || !strings.Contains(err.Error(), name+": is text in UTF-16") {
				t.Error(err)
			}
		})
	}
}

func TestABodyIsReadNoDeeperThanTheLimit(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, test := range map[string]struct {
		body string
		ok   bool
	}{
		"as deep as the limit":         {nested(20), true},
		"deeper":                       {nested(21), false},
		"a million":                    {nested(30_000), false},
		"wide":                         {"[" + strings.Repeat("[],", 1000) + "[]]", true},
		"brackets in a string":         {`["` + strings.Repeat("[", 100) + `"]`, true},
		"brackets behind an escape":    {`["\"` + strings.Repeat("[", 100) + `"]`, true},
		"brackets behind two escapes":  {`["\\", ` + nested(20) + `]`, false},
		"brackets in one long string ": {`["` + strings.Repeat(`\"[`, 10_000) + `"]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := recording.OpenFS(inMemory(entry{name: subnetsFile, body: test.body}), options())
			must(t, err)
			f, err := r.Accounts[0].Open(subnetsCall)
			must(t, err)
			defer f.Close()
			got, err := io.ReadAll(f)
			if test.ok && (err != nil || string(got) != test.body) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
			if !test.ok && (err == nil || !strings.Contains(err.Error(), "is nested deeper than 20")) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A file may grow after it was looked at.
func TestABodyIsReadNoFurtherThanTheLimit(t *testing.T) {
	dir := folder(t, sample())
	r, err := recording.Open(dir, nil, options())
	must(t, err)
	defer r.Close()
	must(t, os.WriteFile(filepath.Join(dir, subnetsFile), make([]byte, 65<<10), 0o600))
	f, err := r.Accounts[0].Open(subnetsCall)
	must(t, err)
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err == nil || !strings.Contains(err.Error(), "is larger than the limit") {
		t.Errorf("got %v", err)
	}
}

func TestNamesAreUnescapedAsTheyAreFound(t *testing.T) {
	for escaped, want := range map[string]string{
		"arn%3Aaws%3Ards":  "arn:aws:rds",
		"arn:aws:rds":      "arn:aws:rds", // another tool's escaping
		"a%2Fb":            "a/b",
		"%C3%A9":           "é",
		"a+b":              "a+b",
		"100%25":           "100%",
		"broken%":          "",
		"broken%zz":        "",
		"..%2F..%2Fpasswd": "../../passwd", // an id, never a path
	} {
		name := "eu-west-1/elbv2-describe-target-health/" + escaped + ".json"
		r, err := recording.OpenFS(inMemory(sample()[0], entry{name: name, body: "{}"}), options())
		must(t, err)
		got := strings.Join(r.Accounts[0].Resources("eu-west-1", "elbv2:DescribeTargetHealth"), " ")
		if got != want {
			t.Errorf("%s: %q, want %q", escaped, got, want)
		}
		if want == "" && (len(r.Ignored) != 1 || r.Ignored[0] != name) {
			t.Errorf("%s: ignored: %v", escaped, r.Ignored)
		}
	}
}

func TestOpenNamesWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"text": "some text", "empty": "", "short": "PK", "cut.tar.zst": "\x28\xb5\x2f\xfd\x04", "cut.zip": "PK\x03\x04abc"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		if _, err := recording.Open(filepath.Join(dir, name), nil, options()); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, name)+": ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := recording.Open(filepath.Join(dir, "none"), nil, options()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := recording.Open("-", strings.NewReader("{}"), options()); err == nil || !strings.HasPrefix(err.Error(), "standard input: is no recording") {
		t.Errorf("got %v", err)
	}
}
