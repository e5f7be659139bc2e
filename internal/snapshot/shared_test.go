package snapshot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// shared is a folder of recordings that others made, where there is one beside
// the project.
const shared = "../../../shared/data/recorded"

// contradictory are fragments that say two things about one resource, or lie in
// the folder of a Region that their ARNs are not of. They are refused.
var contradictory = map[string]string{
	"test_ec2_normalize_tag": "differ",
	"test_ssl_ciphers":       "differ",
	"test_unused_keypair":    "differ",
	"test_rds_auto_patch":    "is not of the Region",
	"test_rds_mark_hours":    "is not of the Region",
	"test_rds_marked_hours":  "is not of the Region",
	"test_rds_retention":     "is not of the Region",
	"test_rdscluster_consecutive_aws_backups_count_filter": "is not of the Region",
}

// TestRecordedByOthers decodes whatever others recorded.
func TestRecordedByOthers(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("%s is not there: the recordings of others are not tried", shared)
	}
	var dirs []string
	for _, pattern := range []string{"batfish/test-*", "cloudmapper-demo", "c7n/*"} {
		found, err := filepath.Glob(filepath.Join(shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r, err := recording.Open(dir, nil, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
			if err != nil {
				t.Skip(err)
			}
			defer r.Close()
			_, err = snapshot.Load(r, snapshot.Kinds())
			want, refused := contradictory[filepath.Base(dir)]
			switch {
			case err != nil && !refused:
				t.Error(err)
			case refused && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("got %v, want an error that says %q", err, want)
			}
		})
	}
}
