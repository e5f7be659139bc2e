package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/jsonerror"
)

// Limits bound what reading a recording may cost. Sizes are in bytes after
// decompression.
type Limits struct {
	Total int64 // of all files, read or not
	Body  int64 // of one file
	Files int   // how many files
	Depth int   // of nested JSON
	// Memory bounds what is kept, compressed, of an archive.
	Memory int64
}

// DefaultLimits are the limits that hold unless a user raises them.
var DefaultLimits = Limits{Total: 4 << 30, Body: 2 << 30, Files: 200_000, Depth: 1000, Memory: 512 << 20}

// Options say how a recording is read.
type Options struct {
	Limits Limits
	// Known are the operations whose answers are wanted. All other files are
	// counted and ignored.
	Known []Operation
}

// Recording is a recording opened for reading: the answers of one or more
// accounts. It does not care whether its files lie in a folder, an archive or
// in memory.
type Recording struct {
	// Accounts is never empty and in the order of the folders.
	Accounts []*Account
	// Ignored are the files that mean nothing to this version, sorted.
	Ignored []string

	limits Limits
	close  func() error
}

// Close releases the folder of the recording.
func (r *Recording) Close() error { return r.close() }

// Account is the part of a recording that belongs to one account.
type Account struct {
	// Folder is the account's folder with a slash at its end, or empty where the
	// recording has only one account.
	Folder string
	// Manifest is nil where there is none.
	Manifest *Manifest
	// Regions are those that were asked for and those that have files, sorted.
	Regions []string

	recording *Recording
	store     store
	files     map[Call]string // path in the store
	gaps      map[Call]*Gap
}

// store is where the files of a recording lie.
type store interface {
	// files calls yield with every file and its size, or -1 where something
	// stands that is no regular file.
	files(yield func(name string, size int64) error) error
	open(name string) (io.ReadCloser, error)
}

// Answer is the answer to a call while it is read.
type Answer struct {
	io.ReadCloser
	// Start is where the text begins in the file: behind a byte order mark.
	Start int64
}

// Open opens the answer to a call. Where there is none the error is a *Gap. Any
// other error says that the recording cannot be read.
func (a *Account) Open(c Call) (*Answer, error) {
	if gap, ok := a.gaps[c]; ok {
		return nil, gap
	}
	name, ok := a.files[c]
	if !ok {
		return nil, a.gap(c, NotRecorded, "the recording has no answer to this call")
	}
	f, err := a.store.open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	body := &bodyReader{r: bufio.NewReaderSize(f, 64<<10), closer: f, left: a.recording.limits.Body, maxDepth: a.recording.limits.Depth}
	if gap := a.refusal(c, body.r); gap != nil {
		_ = f.Close()
		return nil, gap
	}
	marked, err := jsonerror.SkipMark(body.r)
	if err != nil {
		_ = f.Close()
		return nil, place(name, err)
	}
	return &Answer{body, int64(marked)}, nil
}

// Again opens the answer to a call once more, at an offset into the file.
// Nothing is checked: that was done when the answer was opened first.
func (a *Account) Again(c Call, offset int64) (io.ReadCloser, error) {
	name := a.files[c]
	f, err := a.store.open(name)
	if err != nil {
		return nil, place(name, err)
	}
	if s, ok := f.(io.Seeker); ok {
		_, err = s.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, offset)
	}
	if err != nil {
		_ = f.Close()
		return nil, place(name, err)
	}
	return f, nil
}

// Path is where the answer to a call stands in the recording, with the folder
// of the account. It is empty where there is no file.
func (a *Account) Path(c Call) string { return a.files[c] }

// Resources are the resources for which an operation that asks about one
// resource has a file or a gap, sorted.
func (a *Account) Resources(region string, op Operation) []string {
	var ids []string
	for c := range a.files {
		if c.Region == region && c.Operation == op && c.Resource != "" {
			ids = append(ids, c.Resource)
		}
	}
	for c := range a.gaps {
		if c.Region == region && c.Operation == op && c.Resource != "" {
			ids = append(ids, c.Resource)
		}
	}
	slices.Sort(ids)
	return ids
}

// Gap is the gap that the manifest names for a call, or nil.
func (a *Account) Gap(c Call) *Gap { return a.gaps[c] }

func (a *Account) gap(c Call, code, message string) *Gap {
	g := &Gap{Region: c.Region, Operation: c.Operation, Resource: c.Resource, Code: code, Message: message}
	if a.Manifest != nil {
		g.Account = a.Manifest.Account
	}
	return g
}

// cliError is how the AWS CLI reports the refusal of a call.
var cliError = regexp.MustCompile(`An error occurred \(([^)]+)\) when calling the \w+ operation(?: \([^)]*\))?: ([^\n]*)`)

// refusal says whether what stands where a body should is nothing, or the
// message of an AWS CLI that was refused: what is left by
// "aws ... > file 2>&1" in a script that goes on.
func (a *Account) refusal(c Call, r *bufio.Reader) *Gap {
	head, err := r.Peek(4096)
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	if len(text) == 0 && errors.Is(err, io.EOF) {
		return a.gap(c, NotRecorded, "the file is empty: the call that was to fill it failed")
	}
	if m := cliError.FindSubmatch(text); m != nil && text[0] != '{' && text[0] != '[' {
		return a.gap(c, string(m[1]), strings.TrimSpace(string(m[2])))
	}
	return nil
}

// Open opens a recording: a folder, a .tar.zst or .zip file, or standard input
// for "-". Errors name the file they are about.
func Open(name string, stdin io.Reader, o Options) (*Recording, error) {
	if name == "-" {
		return openArchive("standard input", stdin, o)
	}
	if name == "" {
		return nil, errors.New("the name of the recording is empty")
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openDir(name, o)
	}
	f, err := os.Open(name) //nolint:gosec // the file that the user named
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return openArchive(name, f, o)
}

func openDir(name string, o Options) (*Recording, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	r, err := openStore(dirStore{root}, o)
	if err != nil {
		_ = root.Close()
		return nil, place(name, err)
	}
	r.close = root.Close
	return r, nil
}

// OpenFS opens the recording in a file system such as the case of a fixture.
func OpenFS(fsys fs.FS, o Options) (*Recording, error) { return openStore(fsStore{fsys}, o) }

// place puts the name of a recording in front of an error about it.
func place(name string, err error) error {
	return fmt.Errorf("%s: %w", name, jsonerror.Plain(err))
}

// region is what the name of a Region looks like, in every partition.
var region = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// accountID is what the folder of an account is named.
var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// reader sorts the files of a store into accounts, Regions and calls.
type reader struct {
	Options
	store    store
	known    map[string]Operation // by file name
	accounts map[string]*Account  // by folder
	ignored  []string
}

func openStore(s store, o Options) (*Recording, error) {
	rd := &reader{Options: o, store: s, known: map[string]Operation{}, accounts: map[string]*Account{}}
	for _, op := range o.Known {
		rd.known[op.File()] = op
	}
	if err := rd.sortFiles(); err != nil {
		return nil, err
	}
	if len(rd.accounts) == 0 {
		return nil, errors.New("is no recording: it has neither a " + ManifestFile + " nor a file such as eu-west-1/ec2-describe-subnets.json")
	}
	if rd.accounts[""] != nil && len(rd.accounts) > 1 {
		return nil, errors.New("has both files of one account and folders of accounts")
	}
	r := &Recording{Ignored: rd.ignored, limits: o.Limits, close: func() error { return nil }}
	for _, folder := range slices.Sorted(maps.Keys(rd.accounts)) {
		a := rd.accounts[folder]
		a.recording = r
		if err := a.readManifest(); err != nil {
			return nil, err
		}
		r.Accounts = append(r.Accounts, a)
	}
	slices.Sort(r.Ignored)
	return r, nil
}

// sortFiles looks at every file once, read or not, since every file counts.
func (rd *reader) sortFiles() error {
	var count int
	var total int64
	return rd.store.files(func(name string, size int64) error {
		count++
		total += max(size, 0)
		switch {
		case count > rd.Limits.Files:
			return fmt.Errorf("has more than %d files", rd.Limits.Files)
		case size > rd.Limits.Body:
			return fmt.Errorf("%s: has more than %d bytes", name, rd.Limits.Body)
		case total > rd.Limits.Total:
			return fmt.Errorf("has more than %d bytes", rd.Limits.Total)
		}
		return rd.sortFile(name, size)
	})
}

func (rd *reader) sortFile(name string, size int64) error {
	folder, rest := "", name
	if first, after, ok := strings.Cut(name, "/"); ok && accountID.MatchString(first) {
		folder, rest = first+"/", after
	}
	call, isCall := rd.call(rest)
	if !isCall && rest != ManifestFile || size == astray {
		rd.ignored = append(rd.ignored, name)
		return nil
	}
	if size < 0 {
		return place(name, errIrregular)
	}
	a := rd.accounts[folder]
	if a == nil {
		a = &Account{Folder: folder, store: rd.store, files: map[Call]string{}, gaps: map[Call]*Gap{}}
		rd.accounts[folder] = a
	}
	if !isCall {
		return nil
	}
	if other, twice := a.files[call]; twice {
		return fmt.Errorf("%s: is the same call as %s", name, other)
	}
	a.files[call] = name
	return nil
}

// call reads a path such as eu-west-1/ec2-describe-subnets.json, and says
// whether it is that of a known operation.
func (rd *reader) call(name string) (Call, bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 2 || len(parts) > 3 || !region.MatchString(parts[0]) && parts[0] != Global {
		return Call{}, false
	}
	last, isJSON := strings.CutSuffix(parts[len(parts)-1], ".json")
	if !isJSON {
		return Call{}, false
	}
	if len(parts) == 2 {
		op, ok := rd.known[last]
		return Call{Region: parts[0], Operation: op}, ok
	}
	id, err := Unescape(last)
	op, ok := rd.known[parts[1]]
	return Call{Region: parts[0], Operation: op, Resource: id}, ok && err == nil && id != ""
}

// readManifest reads the manifest of the account, if there is one, and joins it
// with the files.
func (a *Account) readManifest() error {
	regions := map[string]bool{}
	for c := range a.files {
		if c.Region != Global {
			regions[c.Region] = true
		}
	}
	defer func() { a.Regions = slices.Sorted(maps.Keys(regions)) }()
	name := a.Folder + ManifestFile
	f, err := a.store.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return a.withoutManifest()
	}
	if err != nil {
		return place(name, err)
	}
	defer f.Close()
	m := new(Manifest)
	body := &bodyReader{r: bufio.NewReader(f), closer: f, left: maxManifest, maxDepth: a.recording.limits.Depth}
	if _, err := jsonerror.SkipMark(body.r); err != nil {
		return place(name, err)
	}
	if err := json.UnmarshalRead(body, m, jsontext.AllowInvalidUTF8(true)); err != nil {
		return place(name, err)
	}
	if err := m.check(); err != nil {
		return place(name, err)
	}
	if a.Folder != "" && m.Account+"/" != a.Folder {
		return place(name, fmt.Errorf("is of account %q", m.Account))
	}
	a.Manifest = m
	for _, r := range m.Regions {
		regions[r] = true
	}
	return a.addGaps(name)
}

// maxManifest bounds the size of a manifest. A gap for each of the 200,000 files
// that a recording may have would fit.
const maxManifest = 128 << 20

// withoutManifest takes the account from the folder, if that has its name.
func (a *Account) withoutManifest() error {
	if a.Folder != "" {
		a.Manifest = &Manifest{FormatVersion: FormatVersion, Account: path.Clean(a.Folder)}
	}
	return nil
}

func (a *Account) addGaps(manifest string) error {
	for i := range a.Manifest.Gaps {
		g := &a.Manifest.Gaps[i]
		g.Account = a.Manifest.Account
		if file, ok := a.files[g.Call()]; ok {
			return fmt.Errorf("%s: /gaps/%d: %s in %s is said to be missing, but %s is there", manifest, i, g.Operation, g.Region, file)
		}
		if other := a.gaps[g.Call()]; other != nil && *other != *g {
			return fmt.Errorf("%s: /gaps/%d: %s in %s is said to be missing twice, and not for one reason", manifest, i, g.Operation, g.Region)
		}
		a.gaps[g.Call()] = g
	}
	return nil
}

// check says what is wrong with a manifest that somebody else wrote.
func (m *Manifest) check() error {
	if m.FormatVersion != FormatVersion {
		return fmt.Errorf("/formatVersion: is %q, and this program reads %q only: a newer version may read it", m.FormatVersion, FormatVersion)
	}
	if m.Account != "" && !accountID.MatchString(m.Account) {
		return fmt.Errorf("/account: %q is no account id of twelve digits", m.Account)
	}
	for i, r := range m.Regions {
		if !region.MatchString(r) {
			return fmt.Errorf("/regions/%d: %q is no Region", i, r)
		}
	}
	for i, g := range m.Gaps {
		if !region.MatchString(g.Region) && g.Region != Global {
			return fmt.Errorf("/gaps/%d/region: %q is no Region", i, g.Region)
		}
		if g.Operation.Service() == "" || g.Operation.Name() == "" {
			return fmt.Errorf("/gaps/%d/operation: %q is no operation such as ec2:DescribeSubnets", i, g.Operation)
		}
	}
	return nil
}

// OpenPath opens a file of the recording by its path.
func (a *Account) OpenPath(name string) (io.ReadCloser, error) {
	f, err := a.store.open(name)
	if err != nil {
		return nil, place(name, err)
	}
	body := &bodyReader{r: bufio.NewReaderSize(f, 64<<10), closer: f, left: a.recording.limits.Body, maxDepth: a.recording.limits.Depth}
	if _, err := jsonerror.SkipMark(body.r); err != nil {
		_ = f.Close()
		return nil, place(name, err)
	}
	return body, nil
}
