package snapshot_test

import (
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// loadBodies loads a recording of one account in one Region from the bodies of its
// operations, by the names of their files.
func loadBodies(t *testing.T, bodies map[string]string) *snapshot.Snapshot {
	t.Helper()
	files := fstest.MapFS{"recording.json": {Data: []byte(`{"formatVersion": "1", "account": "111122223333", "regions": ["eu-west-1"], "gaps": []}`)}}
	for name, body := range bodies {
		files["eu-west-1/"+name+".json"] = &fstest.MapFile{Data: []byte(body)}
	}
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(r, snapshot.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
