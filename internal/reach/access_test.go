package reach_test

import (
	"testing"

	"github.com/buttress/buttress/internal/reach"
)

func opening(p reach.Protocol, from, to uint16, sources ...string) reach.Opening {
	return reach.Opening{Protocol: p, Ports: reach.Ports{{From: from, To: to}}, Sources: sources}
}

func TestWide(t *testing.T) {
	for name, test := range map[string]struct {
		all  []reach.Opening
		want int
	}{
		"all of IPv4":                  {[]reach.Opening{opening(reach.TCP, 22, 22, "0.0.0.0/0")}, 1},
		"all of IPv6":                  {[]reach.Opening{opening(reach.UDP, 53, 53, "::/0")}, 1},
		"half of IPv4":                 {[]reach.Opening{opening(reach.TCP, 22, 22, "0.0.0.0/1")}, 0},
		"two halves at one port":       {[]reach.Opening{opening(reach.TCP, 1, 22, "0.0.0.0/1"), opening(reach.TCP, 22, 90, "128.0.0.0/1")}, 1},
		"two halves at two ports":      {[]reach.Opening{opening(reach.TCP, 22, 22, "0.0.0.0/1"), opening(reach.TCP, 23, 23, "128.0.0.0/1")}, 0},
		"two halves in two protocols":  {[]reach.Opening{opening(reach.TCP, 53, 53, "0.0.0.0/1"), opening(reach.UDP, 53, 53, "128.0.0.0/1")}, 0},
		"some, and all at another one": {[]reach.Opening{opening(reach.TCP, 22, 22, "52.95.0.0/16"), opening(reach.TCP, 80, 80, "0.0.0.0/0")}, 1},
		"nothing":                      {nil, 0},
	} {
		if got := reach.Wide(test.all); len(got) != test.want {
			t.Errorf("%s: %d are wide, and not %d", name, len(got), test.want)
		}
	}
}

func TestInWords(t *testing.T) {
	for want, all := range map[string][]reach.Opening{
		"":       nil,
		"tcp/22": {opening(reach.TCP, 22, 22)},
		"tcp":    {opening(reach.TCP, 1, 65535)},
		"icmp, tcp/22, 80-90 and udp/53": {
			opening(reach.UDP, 53, 53), opening(reach.TCP, 80, 90), opening(reach.TCP, 22, 22), opening(reach.ICMP, 0, 65535),
		},
		"50":            {opening(50, 0, 65535)},
		"all protocols": {opening(0, 0, 65535), opening(reach.ICMP, 0, 65535), opening(reach.TCP, 1, 65535), opening(reach.UDP, 1, 65535)},
	} {
		if got := reach.InWords(all); got != want {
			t.Errorf("%q, and not %q", got, want)
		}
	}
}
