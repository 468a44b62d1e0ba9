//go:build !k136

package node

import (
	"context"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/klog/v2"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"

	"podscope.dev/oracle/kubernetes/runtime"
)

// machine is a node of given size, in place of what cAdvisor would read from /proc.
type machine struct {
	*cadvisortest.Fake
	cores  int
	memory uint64
	script string
}

func (m *machine) MachineInfo(logger klog.Logger) (*cadvisorapi.MachineInfo, error) {
	info, err := m.Fake.MachineInfo(logger)
	if err != nil {
		return nil, err
	}
	info.NumCores, info.MemoryCapacity = m.cores, m.memory
	return info, nil
}

// ContainerInfoV2 tells what the whole machine uses, which is all that the scripted runtime does not tell by itself.
func (m *machine) ContainerInfoV2(string, cadvisorapi.RequestOptions) (map[string]cadvisorapi.ContainerInfo, error) {
	used := runtime.WorkingSet(m.script)
	stats := &cadvisorapi.ContainerStats{
		Timestamp: time.Now(), Memory: &cadvisorapi.MemoryStats{Usage: used, WorkingSet: used},
	}
	spec := cadvisorapi.ContainerSpec{HasMemory: true, Memory: cadvisorapi.MemorySpec{Limit: m.memory}}
	return map[string]cadvisorapi.ContainerInfo{"/": {Spec: spec, Stats: []*cadvisorapi.ContainerStats{stats}}}, nil
}

func disk() cadvisorapi.FsInfo {
	inodes, free := uint64(1<<22), uint64(1<<21)
	return cadvisorapi.FsInfo{
		Timestamp: time.Now(), Device: "/dev/vda1", Mountpoint: "/", Capacity: 100 << 30, Available: 60 << 30,
		Usage: 40 << 30, Inodes: &inodes, InodesFree: &free,
	}
}

func (m *machine) ImagesFsInfo(context.Context) (cadvisorapi.FsInfo, error)    { return disk(), nil }
func (m *machine) ContainerFsInfo(context.Context) (cadvisorapi.FsInfo, error) { return disk(), nil }
func (m *machine) RootFsInfo() (cadvisorapi.FsInfo, error)                     { return disk(), nil }
func (m *machine) GetDirFsInfo(string) (cadvisorapi.FsInfo, error)             { return disk(), nil }

func nodeTracker() kubeletutil.NodeStartupLatencyTracker {
	return kubeletutil.NewNodeStartupLatencyTracker(klog.Background())
}

// containers manages none, and knows how large the node's disk is, so that what asks for some of it fits.
type containers struct{ cm.ContainerManager }

func (containers) GetCapacity(klog.Logger, bool) v1.ResourceList {
	return v1.ResourceList{v1.ResourceEphemeralStorage: *resource.NewQuantity(int64(disk().Capacity), resource.BinarySI)}
}

func containerManager() cm.ContainerManager { return containers{cm.NewStubContainerManager()} }
