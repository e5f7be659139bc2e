//go:build unix

package recording_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/buttress/buttress/internal/recording"
)

// Links are followed inside of a recording. One that leads outside, or nowhere,
// is a file that is not there.
func TestLinks(t *testing.T) {
	outside := file(t, "secret.json", []byte(`{"Subnets": [{"SubnetId": "subnet-secret"}]}`))
	const missing = "gap NotRecorded: the recording has no answer to this call"
	for name, test := range map[string]struct {
		target string
		more   []entry
		want   string
	}{
		"to a file beside it":         {"other.json", []entry{{name: "eu-west-1/other.json", body: subnets}}, subnets},
		"to a file of another folder": {"../kept/other.json", []entry{{name: "kept/other.json", body: subnets}}, subnets},
		"to a link":                   {"one.json", []entry{{name: "eu-west-1/one.json", target: "two.json"}, {name: "eu-west-1/two.json", target: "../kept/other.json"}, {name: "kept/other.json", body: subnets}}, subnets},
		"to nothing":                  {"nothing.json", nil, missing},
		"to itself":                   {"ec2-describe-subnets.json", nil, missing},
		"in a circle":                 {"one.json", []entry{{name: "eu-west-1/one.json", target: "ec2-describe-subnets.json"}}, missing},
		"outside":                     {outside, nil, missing},
		"outside by many steps":       {strings.Repeat("../", 30) + strings.TrimPrefix(outside, "/"), nil, missing},
		"to a link outside":           {"one.json", []entry{{name: "eu-west-1/one.json", target: outside}}, missing},
		"absolute, to a name inside":  {"/eu-west-1/other.json", []entry{{name: "eu-west-1/other.json", body: subnets}, {name: "eu-west-1/eu-west-1/other.json", body: subnets}}, missing},
	} {
		t.Run(name, func(t *testing.T) {
			entries := append([]entry{{name: "recording.json", body: manifest}, {name: subnetsFile, target: test.target}}, test.more...)
			inAll(t, entries, options(), func(t *testing.T, r *recording.Recording, err error) {
				t.Helper()
				must(t, err)
				if got := body(t, r.Accounts[0], subnetsCall); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestAFolderThatIsALinkIsNotEntered(t *testing.T) {
	elsewhere := folder(t, []entry{{name: "ec2-describe-subnets.json", body: subnets}})
	dir := folder(t, []entry{{name: "recording.json", body: manifest}, {name: "eu-west-1", target: elsewhere}})
	r, err := recording.Open(dir, nil, options())
	must(t, err)
	defer r.Close()
	if got := body(t, r.Accounts[0], subnetsCall); !strings.HasPrefix(got, "gap ") {
		t.Error(got)
	}
	if !slices.Equal(r.Ignored, []string{"eu-west-1"}) {
		t.Errorf("ignored: %v", r.Ignored)
	}
}

func TestALinkThatIsTurnedOutsideLaterIsNotFollowed(t *testing.T) {
	outside := file(t, "secret.json", []byte("secret"))
	dir := folder(t, sample())
	r, err := recording.Open(dir, nil, options())
	must(t, err)
	defer r.Close()
	name := filepath.Join(dir, subnetsFile)
	must(t, os.Remove(name))
	must(t, os.Symlink(outside, name))
	if _, err := r.Accounts[0].Open(subnetsCall); err == nil || !strings.HasPrefix(err.Error(), subnetsFile+": ") {
		t.Errorf("got %v", err)
	}
}

// Whoever opens a pipe waits for somebody to write into it.
func TestPipesAndFoldersInPlaceOfFiles(t *testing.T) {
	for _, name := range []string{subnetsFile, "recording.json", healthFile} {
		t.Run("pipe "+filepath.Base(name), func(t *testing.T) {
			dir := folder(t, []entry{{name: "eu-west-1/notes.txt"}, {name: filepath.Dir(name) + "/notes.txt"}})
			must(t, syscall.Mkfifo(filepath.Join(dir, name), 0o600))
			_, err := recording.Open(dir, nil, options())
			refused(name+": is no regular file")(t, nil, err)
		})
		t.Run("link to a pipe "+filepath.Base(name), func(t *testing.T) {
			dir := folder(t, []entry{{name: filepath.Dir(name) + "/notes.txt"}})
			must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
			up := strings.Repeat("../", strings.Count(name, "/"))
			must(t, os.Symlink(up+"pipe", filepath.Join(dir, name)))
			_, err := recording.Open(dir, nil, options())
			refused(name+": is no regular file")(t, nil, err)
		})
		t.Run("folder "+filepath.Base(name), func(t *testing.T) {
			entries := []entry{{name: name + "/notes.txt"}}
			_, err := recording.Open(folder(t, entries), nil, options())
			refused(name+": is no regular file")(t, nil, err)
			_, err = recording.OpenFS(inMemory(entries...), options())
			refused(name+": is no regular file")(t, nil, err)
		})
	}
	t.Run("a pipe that means nothing", func(t *testing.T) {
		dir := folder(t, sample())
		must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
		r, err := recording.Open(dir, nil, options())
		must(t, err)
		must(t, r.Close())
	})
	t.Run("a pipe that comes later", func(t *testing.T) {
		dir := folder(t, sample())
		r, err := recording.Open(dir, nil, options())
		must(t, err)
		defer r.Close()
		name := filepath.Join(dir, subnetsFile)
		must(t, os.Remove(name))
		must(t, syscall.Mkfifo(name, 0o600))
		if _, err := r.Accounts[0].Open(subnetsCall); err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("got %v", err)
		}
	})
}
