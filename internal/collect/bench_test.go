package collect

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// BenchmarkInstances reads ten pages of a thousand instances, first with the SDK
// alone and then into a recording, and reports the CPU time of both, their
// ratio, and the memory that the process came to.
func BenchmarkInstances(b *testing.B) {
	s := fakeaws.New(b)
	s.Setenv(b)
	page := instancesPage(1000)
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Op != "ec2:DescribeInstances" {
			return false
		}
		token := 0
		if t := r.Form.Get("NextToken"); t != "" {
			token, _ = strconv.Atoi(t)
		}
		writePage(w, page, token, 10)
		return true
	})
	c := site("ec2:DescribeInstances")
	var alone, recorded time.Duration // the best of all: other work on the machine only adds
	for b.Loop() {
		alone = best(alone, cpu(b, func() error { return decodeAlone(b, c) }))
		recorded = best(recorded, cpu(b, func() error {
			_, err := Run(b.Context(), c, recording.NewMemory())
			return err
		}))
	}
	b.ReportMetric(alone.Seconds(), "alone-cpu-s")
	b.ReportMetric(recorded.Seconds(), "recorded-cpu-s")
	b.ReportMetric(recorded.Seconds()/alone.Seconds(), "ratio")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "max-rss-MiB")
}

func best(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// decodeAlone reads the pages and drops them.
func decodeAlone(b *testing.B, c Config) error {
	b.Helper()
	cfg, err := load(b.Context(), c.withDefaults())
	if err != nil {
		return err
	}
	cfg.Region = fakeaws.Region
	p := ec2.NewDescribeInstancesPaginator(ec2.NewFromConfig(cfg), &ec2.DescribeInstancesInput{})
	for p.HasMorePages() {
		if _, err := p.NextPage(b.Context()); err != nil {
			return err
		}
	}
	return nil
}

func cpu(b *testing.B, f func() error) time.Duration {
	b.Helper()
	before := usage(b)
	if err := f(); err != nil {
		b.Fatal(err)
	}
	after := usage(b)
	return time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
}

func usage(b *testing.B) (u syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}

// writePage writes page as the one with this number, with instance ids of its
// own.
func writePage(w http.ResponseWriter, page string, number, pages int) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	fmt.Fprint(w, `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet>`)
	_, _ = strings.NewReplacer("PAGE", fmt.Sprintf("%05x", number)).WriteString(w, page)
	fmt.Fprint(w, "</reservationSet>")
	if number+1 < pages {
		fmt.Fprintf(w, "<nextToken>%d</nextToken>", number+1)
	}
	fmt.Fprint(w, "</DescribeInstancesResponse>")
}

// instancesPage is a page of n instances of about 8.9 KB each, with all blocks
// that EC2 returns today.
func instancesPage(n int) string {
	var b strings.Builder
	for i := range n {
		id := fmt.Sprintf("PAGE%012x", i)
		fmt.Fprintf(&b, "<item><reservationId>r-%s</reservationId><ownerId>111122223333</ownerId><groupSet/><instancesSet><item>", id)
		b.WriteString(instanceXML(id))
		b.WriteString("</item></instancesSet></item>")
	}
	return b.String()
}

func instanceXML(id string) string {
	var b strings.Builder
	leaf := func(pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			b.WriteString("<" + pairs[i] + ">" + pairs[i+1] + "</" + pairs[i] + ">\n            ")
		}
	}
	in := func(name string, f func()) {
		b.WriteString("<" + name + ">\n          ")
		f()
		b.WriteString("</" + name + ">\n        ")
	}
	group := func(n string) {
		in("item", func() { leaf("groupId", "sg-0a1b2c3d4e5f60"+n, "groupName", "tipster-web-security-group-"+n) })
	}
	leaf("instanceId", "i-"+id, "imageId", "ami-0abcdef1234567890", "privateDnsName", "ip-10-0-10-4.eu-west-1.compute.internal", "dnsName", "",
		"reason", "", "keyName", "operations", "amiLaunchIndex", "0", "instanceType", "m6i.2xlarge", "launchTime", "2026-06-01T08:00:00.000Z",
		"subnetId", "subnet-00000000000000002", "vpcId", "vpc-00000000000000001", "privateIpAddress", "10.0.10.4", "sourceDestCheck", "true",
		"architecture", "x86_64", "rootDeviceType", "ebs", "rootDeviceName", "/dev/xvda", "virtualizationType", "hvm", "clientToken", "0d5c2b3e-98f1-4f2b-8a57-"+id,
		"hypervisor", "xen", "ebsOptimized", "true", "enaSupport", "true", "platformDetails", "Linux/UNIX", "usageOperation", "RunInstances",
		"usageOperationUpdateTime", "2026-06-01T08:00:00.000Z", "bootMode", "uefi-preferred", "currentInstanceBootMode", "uefi")
	in("instanceState", func() { leaf("code", "16", "name", "running") })
	in("placement", func() {
		leaf("availabilityZone", "eu-west-1a", "availabilityZoneId", "euw1-az3", "groupName", "", "tenancy", "default")
	})
	in("monitoring", func() { leaf("state", "enabled") })
	in("groupSet", func() { group("001"); group("002") })
	in("blockDeviceMapping", func() {
		for _, name := range []string{"/dev/xvda", "/dev/sdf"} {
			in("item", func() {
				leaf("deviceName", name)
				in("ebs", func() {
					leaf("volumeId", "vol-0a1b2c3d4e5f60718", "status", "attached", "attachTime", "2026-06-01T08:00:05.000Z", "deleteOnTermination", "true")
				})
			})
		}
	})
	in("iamInstanceProfile", func() {
		leaf("arn", "arn:aws:iam::111122223333:instance-profile/tipster-web", "id", "AIPAEXAMPLEEXAMPLE123")
	})
	in("tagSet", func() {
		for _, key := range []string{"Name", "Environment", "Team", "CostCenter", "aws:autoscaling:groupName", "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version", "Backup"} {
			in("item", func() { leaf("key", key, "value", "a value of an ordinary length") })
		}
	})
	in("networkInterfaceSet", func() {
		in("item", func() {
			leaf("networkInterfaceId", "eni-0a1b2c3d4e5f60718", "subnetId", "subnet-00000000000000002", "vpcId", "vpc-00000000000000001", "description", "Primary network interface",
				"ownerId", "111122223333", "status", "in-use", "macAddress", "02:00:00:43:0a:1e", "privateIpAddress", "10.0.10.4", "privateDnsName", "ip-10-0-10-4.eu-west-1.compute.internal",
				"sourceDestCheck", "true", "interfaceType", "interface")
			in("groupSet", func() { group("001"); group("002") })
			in("attachment", func() {
				leaf("attachmentId", "eni-attach-0a1b2c3d4e5f60718", "deviceIndex", "0", "status", "attached", "attachTime", "2026-06-01T08:00:00.000Z", "deleteOnTermination", "true", "networkCardIndex", "0")
			})
			in("privateIpAddressesSet", func() {
				in("item", func() {
					leaf("privateIpAddress", "10.0.10.4", "privateDnsName", "ip-10-0-10-4.eu-west-1.compute.internal", "primary", "true")
					in("association", func() {
						leaf("publicIp", "203.0.113.101", "publicDnsName", "ec2-203-0-113-101.eu-west-1.compute.amazonaws.com", "ipOwnerId", "amazon")
					})
				})
			})
			in("operator", func() { leaf("managed", "false") })
		})
	})
	in("capacityReservationSpecification", func() { leaf("capacityReservationPreference", "open") })
	in("cpuOptions", func() { leaf("coreCount", "4", "threadsPerCore", "2") })
	in("hibernationOptions", func() { leaf("configured", "false") })
	in("metadataOptions", func() {
		leaf("state", "applied", "httpTokens", "required", "httpPutResponseHopLimit", "2", "httpEndpoint", "enabled", "httpProtocolIpv6", "disabled", "instanceMetadataTags", "disabled")
	})
	in("enclaveOptions", func() { leaf("enabled", "false") })
	in("maintenanceOptions", func() { leaf("autoRecovery", "default", "rebootMigration", "default") })
	in("privateDnsNameOptions", func() {
		leaf("hostnameType", "ip-name", "enableResourceNameDnsARecord", "false", "enableResourceNameDnsAAAARecord", "false")
	})
	in("networkPerformanceOptions", func() { leaf("bandwidthWeighting", "default") })
	in("operator", func() { leaf("managed", "false") })
	return b.String()
}
