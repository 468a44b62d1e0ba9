// Package node runs the real kubelet (cmd/kubelet/app.RunKubelet, with its own recorder, prober and pod workers) on the
// scripted runtime of this module. Not real are what a machine gives: its sizes, mounts and cgroups.
package node

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	noop "go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	containertest "k8s.io/kubernetes/pkg/kubelet/container/testing"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/csi"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/image"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"

	"podscope.dev/oracle/kubernetes/runtime"
)

// Run is the kubelet command of the recorder; it does not return.
func Run(args []string) error {
	flags := flag.NewFlagSet("kubelet", flag.ExitOnError)
	klog.InitFlags(flags)
	name := flags.String("name", "node-1", "the node's name")
	ip := flags.String("ip", "", "the node's address")
	pods := flags.String("pod-prefix", "10.244.1.", "what Pod addresses begin with")
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server")
	root := flags.String("root", "", "the kubelet's folder")
	script := flags.String("script", "", "what images and processes do")
	cores := flags.Int("cores", 4, "CPUs of the machine")
	memory := flags.String("memory", "8Gi", "memory of the machine")
	maxPods := flags.Int("max-pods", 110, "maxPods")
	labels := flags.String("zone", "", "topology.kubernetes.io/zone")
	shutdown := flags.Duration("shutdown", 0, "shutdownGracePeriod; the bus of DBUS_SYSTEM_BUS_ADDRESS must have a logind")
	critical := flags.Duration("shutdown-critical", 0, "shutdownGracePeriodCriticalPods")
	if err := flags.Parse(args); err != nil {
		return err
	}
	size, err := resource.ParseQuantity(*memory)
	if err != nil {
		return err
	}
	for _, folder := range []string{*root, filepath.Join(*root, "static"), filepath.Join(*root, "logs")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	socket := filepath.Join(*root, "runtime.sock")
	if err := runtime.Serve(socket, *script, *pods); err != nil {
		return err
	}
	ctx := context.Background()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := clientset.NewForConfig(config)
	if err != nil {
		return err
	}
	beat := *config
	beat.QPS, beat.Timeout = -1, 10*time.Second
	heartbeat, err := clientset.NewForConfig(&beat)
	if err != nil {
		return err
	}

	kubeletFlags := options.NewKubeletFlags()
	kubeletFlags.RootDirectory = *root
	kubeletFlags.HostnameOverride = *name
	kubeletFlags.NodeIP = *ip
	if *labels != "" {
		kubeletFlags.NodeLabels = map[string]string{v1.LabelTopologyZone: *labels}
	}
	settings, err := options.NewKubeletConfiguration()
	if err != nil {
		return err
	}
	settings.ContainerRuntimeEndpoint = "unix://" + socket
	settings.StaticPodPath = filepath.Join(*root, "static")
	settings.PodLogsDir = filepath.Join(*root, "logs")
	settings.EnableServer = false
	settings.ReadOnlyPort = 0
	settings.MaxPods = int32(*maxPods)
	settings.CgroupsPerQOS = false
	settings.EnforceNodeAllocatable = nil
	settings.EnableControllerAttachDetach = true
	settings.MakeIPTablesUtilChains = false
	settings.FailSwapOn = false
	settings.ResolverConfig = ""
	settings.ClusterDNS = []string{"10.96.0.10"}
	settings.ClusterDomain = "cluster.local"
	settings.RegisterNode = true
	settings.EvictionHard = eviction.DefaultEvictionHard // as the kubelet's own command sets it
	settings.ShutdownGracePeriod = metav1.Duration{Duration: *shutdown}
	settings.ShutdownGracePeriodCriticalPods = metav1.Duration{Duration: *critical}
	settings.FileCheckFrequency = metav1.Duration{Duration: time.Second}

	mounter := &mount.FakeMounter{}
	parts := &kubelet.Dependencies{
		KubeClient:        client,
		HeartbeatClient:   heartbeat,
		EventClient:       client.CoreV1(),
		CAdvisorInterface: &machine{&cadvisortest.Fake{NodeName: *name}, *cores, uint64(size.Value()), *script},
		OSInterface:       &containertest.FakeOS{},
		ContainerManager:  containerManager(),
		VolumePlugins:     plugins(),
		OOMAdjuster:       oom.NewFakeOOMAdjuster(),
		Mounter:           mounter,
		Subpather:         &subpath.FakeSubpath{},
		HostUtil:          hostutil.NewFakeHostUtil(nil),

		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: nodeTracker(),
		TracerProvider:            noop.NewTracerProvider(),
	}
	if err := kubelet.PreInitRuntimeService(ctx, settings, parts); err != nil {
		return err
	}
	server := &options.KubeletServer{KubeletFlags: *kubeletFlags, KubeletConfiguration: *settings}
	if err := app.RunKubelet(ctx, server, parts); err != nil {
		return fmt.Errorf("kubelet: %w", err)
	}
	select {}
}

func plugins() []volume.VolumePlugin {
	all := []volume.VolumePlugin{}
	all = append(all, emptydir.ProbeVolumePlugins()...)
	all = append(all, secret.ProbeVolumePlugins()...)
	all = append(all, configmap.ProbeVolumePlugins()...)
	all = append(all, projected.ProbeVolumePlugins()...)
	all = append(all, image.ProbeVolumePlugins()...)
	all = append(all, csi.ProbeVolumePlugins()...) // its disks are attached, or not, by the controller
	return append(all, downwardapi.ProbeVolumePlugins()...)
}
