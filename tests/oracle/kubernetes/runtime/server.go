package runtime

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	name      = "containerd"
	version   = "2.3.4"
	sigkilled = 137
)

// Server is the runtime of one node. Pod addresses are given from prefix (for instance "10.244.1.") on.
type Server struct {
	cri.UnimplementedRuntimeServiceServer
	cri.UnimplementedImageServiceServer

	script string
	prefix string

	mu         sync.Mutex
	next       int
	sandboxes  map[string]*sandbox
	containers map[string]*container
	images     map[string]*cri.Image
	refused    int
	lives      map[string]int // runs begun, by Pod uid and container name
}

type sandbox struct {
	id        string
	config    *cri.PodSandboxConfig
	createdAt int64
	ip        string
	state     cri.PodSandboxState
}

type container struct {
	id        string
	sandbox   *sandbox
	config    *cri.ContainerConfig
	image     string
	createdAt int64
	startedAt int64
	finished  int64
	state     cri.ContainerState
	exitCode  int32
	reason    string
	message   string
	run       Run
	term      chan struct{}
	termed    sync.Once
	done      chan struct{}
	listeners []net.Listener
}

// Serve answers on a unix socket until the process ends.
func Serve(socket, script, prefix string) error {
	_ = os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := &Server{
		script:     script,
		prefix:     prefix,
		next:       2,
		sandboxes:  map[string]*sandbox{},
		containers: map[string]*container{},
		images:     map[string]*cri.Image{},
		lives:      map[string]int{},
	}
	back := grpc.NewServer()
	cri.RegisterRuntimeServiceServer(back, server)
	cri.RegisterImageServiceServer(back, server)
	go func() { _ = back.Serve(listener) }()
	return nil
}

func (s *Server) read() Script { return readScript(s.script) }

func id(parts ...string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "/"))))
}

// Version is what the node's status names as its runtime.
func (s *Server) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{Version: "0.1.0", RuntimeName: name, RuntimeVersion: version, RuntimeApiVersion: "v1"}, nil
}

// Status says that the runtime is ready, and whether its network is.
func (s *Server) Status(context.Context, *cri.StatusRequest) (*cri.StatusResponse, error) {
	ready := true
	if told := s.read().NetworkReady; told != nil {
		ready = *told
	}
	network := &cri.RuntimeCondition{Type: cri.NetworkReady, Status: ready}
	if !ready {
		network.Reason = "NetworkPluginNotReady"
		network.Message = "Network plugin returns error: cni plugin not initialized"
	}
	return &cri.StatusResponse{Status: &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{
		{Type: cri.RuntimeReady, Status: true}, network,
	}}}, nil
}

// RuntimeConfig names the cgroup driver.
func (s *Server) RuntimeConfig(context.Context, *cri.RuntimeConfigRequest) (*cri.RuntimeConfigResponse, error) {
	return &cri.RuntimeConfigResponse{Linux: &cri.LinuxRuntimeConfiguration{CgroupDriver: cri.CgroupDriver_CGROUPFS}}, nil
}

func (s *Server) UpdateRuntimeConfig(context.Context, *cri.UpdateRuntimeConfigRequest) (*cri.UpdateRuntimeConfigResponse, error) {
	return &cri.UpdateRuntimeConfigResponse{}, nil
}

func (s *Server) RunPodSandbox(_ context.Context, request *cri.RunPodSandboxRequest) (*cri.RunPodSandboxResponse, error) {
	script := s.read()
	time.Sleep(milliseconds(script.SandboxMs))
	s.mu.Lock()
	defer s.mu.Unlock()
	if count := len(script.SandboxErrors); count > 0 {
		said := script.SandboxErrors[min(s.refused, count-1)]
		s.refused++
		if said != "" {
			failed := id("failed", request.Config.Metadata.Uid, fmt.Sprint(s.refused))
			return nil, status.Error(codes.Unknown, strings.ReplaceAll(said, "{id}", failed))
		}
	}
	meta := request.Config.Metadata
	made := &sandbox{
		id:        id(meta.Namespace, meta.Name, meta.Uid, fmt.Sprint(meta.Attempt)),
		config:    request.Config,
		createdAt: time.Now().UnixNano(),
		ip:        fmt.Sprintf("%s%d", s.prefix, s.next),
		state:     cri.PodSandboxState_SANDBOX_READY,
	}
	s.next++
	s.sandboxes[made.id] = made
	return &cri.RunPodSandboxResponse{PodSandboxId: made.id}, nil
}

func (s *Server) StopPodSandbox(_ context.Context, request *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.containers {
		if one.sandbox.id == request.PodSandboxId && one.state == cri.ContainerState_CONTAINER_RUNNING {
			s.end(one, sigkilled, "Error", "")
		}
	}
	if found, ok := s.sandboxes[request.PodSandboxId]; ok {
		found.state = cri.PodSandboxState_SANDBOX_NOTREADY
	}
	return &cri.StopPodSandboxResponse{}, nil
}

func (s *Server) RemovePodSandbox(_ context.Context, request *cri.RemovePodSandboxRequest) (*cri.RemovePodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sandboxes, request.PodSandboxId)
	for key, one := range s.containers {
		if one.sandbox.id == request.PodSandboxId {
			delete(s.containers, key)
		}
	}
	return &cri.RemovePodSandboxResponse{}, nil
}

func (s *Server) PodSandboxStatus(_ context.Context, request *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.sandboxes[request.PodSandboxId]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "an error occurred when try to find sandbox %q: not found", request.PodSandboxId)
	}
	namespaces := &cri.NamespaceOption{}
	if linux := found.config.GetLinux().GetSecurityContext().GetNamespaceOptions(); linux != nil {
		namespaces = linux
	}
	return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{
		Id:          found.id,
		Metadata:    found.config.Metadata,
		State:       found.state,
		CreatedAt:   found.createdAt,
		Network:     &cri.PodSandboxNetworkStatus{Ip: found.ip},
		Linux:       &cri.LinuxPodSandboxStatus{Namespaces: &cri.Namespace{Options: namespaces}},
		Labels:      found.config.Labels,
		Annotations: found.config.Annotations,
	}}, nil
}

func (s *Server) ListPodSandbox(_ context.Context, request *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []*cri.PodSandbox{}
	for _, one := range s.sandboxes {
		filter := request.GetFilter()
		if (filter.GetId() != "" && filter.GetId() != one.id) ||
			(filter.GetState() != nil && filter.State.State != one.state) ||
			!has(one.config.Labels, filter.GetLabelSelector()) {
			continue
		}
		items = append(items, &cri.PodSandbox{
			Id: one.id, Metadata: one.config.Metadata, State: one.state, CreatedAt: one.createdAt,
			Labels: one.config.Labels, Annotations: one.config.Annotations,
		})
	}
	return &cri.ListPodSandboxResponse{Items: items}, nil
}

func has(labels, wanted map[string]string) bool {
	for key, value := range wanted {
		if labels[key] != value {
			return false
		}
	}
	return true
}

func (s *Server) CreateContainer(_ context.Context, request *cri.CreateContainerRequest) (*cri.CreateContainerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	box, ok := s.sandboxes[request.PodSandboxId]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "failed to find sandbox id %q: not found", request.PodSandboxId)
	}
	meta := request.Config.Metadata
	if said := s.read().container(meta.Name).CreateError; said != "" {
		return nil, status.Error(codes.Unknown, said)
	}
	made := &container{
		id:        id(box.id, meta.Name, fmt.Sprint(meta.Attempt)),
		sandbox:   box,
		config:    request.Config,
		image:     request.Config.Image.Image,
		createdAt: time.Now().UnixNano(),
		state:     cri.ContainerState_CONTAINER_CREATED,
		term:      make(chan struct{}),
		done:      make(chan struct{}),
	}
	s.containers[made.id] = made
	return &cri.CreateContainerResponse{ContainerId: made.id}, nil
}

func (s *Server) StartContainer(_ context.Context, request *cri.StartContainerRequest) (*cri.StartContainerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.containers[request.ContainerId]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "container %q: not found", request.ContainerId)
	}
	script := s.read().container(found.config.Metadata.Name)
	if said := script.StartError; said != "" {
		found.state = cri.ContainerState_CONTAINER_EXITED
		found.exitCode, found.reason, found.message = 128, "StartError", said
		found.startedAt, found.finished = 0, time.Now().UnixNano()
		close(found.done)
		return nil, status.Error(codes.Unknown, said)
	}
	life := found.sandbox.config.Metadata.Uid + "/" + found.config.Metadata.Name
	found.run = script.run(s.lives[life])
	s.lives[life]++
	found.startedAt = time.Now().UnixNano()
	found.state = cri.ContainerState_CONTAINER_RUNNING
	go s.live(found)
	return &cri.StartContainerResponse{}, nil
}

// live is the main process: it listens, ends by itself, or ends as it answers SIGTERM.
func (s *Server) live(one *container) {
	for _, port := range one.run.Listens {
		go s.listen(one, port)
	}
	var over <-chan time.Time
	if one.run.ExitAfterMs > 0 {
		over = time.After(milliseconds(one.run.ExitAfterMs))
	}
	code, reason := one.run.ExitCode, one.run.Reason
	ended := make(chan End, 1)
	go s.watchEnd(one, ended)
	select {
	case <-over:
	case end := <-ended:
		code, reason = end.ExitCode, end.Reason
	case <-one.done:
		return
	case <-one.term:
		if one.run.IgnoresTerm {
			return // SIGKILL is StopContainer's
		}
		time.Sleep(milliseconds(one.run.TermMs))
		code, reason = one.run.TermCode, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(one, code, reason, one.run.Message)
}

// watchEnd tells when the script says that a process is over.
func (s *Server) watchEnd(one *container, ended chan<- End) {
	name := one.sandbox.config.Metadata.Name + "/" + one.config.Metadata.Name
	for {
		select {
		case <-one.done:
			return
		case <-time.After(200 * time.Millisecond):
		}
		if end, ok := s.read().Ends[name]; ok {
			ended <- end
			return
		}
	}
}

// end marks a process as over; the caller holds the lock.
func (s *Server) end(one *container, code int32, reason, message string) {
	if one.state != cri.ContainerState_CONTAINER_RUNNING {
		return
	}
	if reason == "" {
		reason = "Error"
		if code == 0 {
			reason = "Completed"
		}
	}
	one.state, one.exitCode, one.reason, one.message = cri.ContainerState_CONTAINER_EXITED, code, reason, message
	one.finished = time.Now().UnixNano()
	for _, listener := range one.listeners {
		_ = listener.Close()
	}
	close(one.done)
}

func (s *Server) listen(one *container, port Port) {
	select {
	case <-time.After(milliseconds(port.FromMs)):
	case <-one.done:
		return
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", one.sandbox.ip, port.Port))
	if err != nil {
		return
	}
	s.mu.Lock()
	one.listeners = append(one.listeners, listener)
	s.mu.Unlock()
	begun := time.Now()
	_ = http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		answer := Answer{Status: http.StatusOK}
		for _, later := range port.Answers {
			if time.Since(begun) >= milliseconds(later.FromMs) {
				answer = later
			}
		}
		time.Sleep(milliseconds(answer.DelayMs))
		writer.WriteHeader(answer.Status)
	}))
}

// StopContainer sends SIGTERM, waits for the grace that the kubelet names, then SIGKILLs.
func (s *Server) StopContainer(ctx context.Context, request *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	s.mu.Lock()
	found, ok := s.containers[request.ContainerId]
	s.mu.Unlock()
	if !ok || found.state != cri.ContainerState_CONTAINER_RUNNING {
		return &cri.StopContainerResponse{}, nil
	}
	if request.Timeout > 0 {
		found.termed.Do(func() { close(found.term) })
		select {
		case <-found.done:
			return &cri.StopContainerResponse{}, nil
		case <-time.After(time.Duration(request.Timeout) * time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(found, sigkilled, "Error", "")
	return &cri.StopContainerResponse{}, nil
}

func (s *Server) RemoveContainer(_ context.Context, request *cri.RemoveContainerRequest) (*cri.RemoveContainerResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.containers, request.ContainerId)
	return &cri.RemoveContainerResponse{}, nil
}

func (s *Server) ListContainers(_ context.Context, request *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []*cri.Container{}
	for _, one := range s.containers {
		filter := request.GetFilter()
		if (filter.GetId() != "" && filter.GetId() != one.id) ||
			(filter.GetPodSandboxId() != "" && filter.GetPodSandboxId() != one.sandbox.id) ||
			(filter.GetState() != nil && filter.State.State != one.state) ||
			!has(one.config.Labels, filter.GetLabelSelector()) {
			continue
		}
		found = append(found, &cri.Container{
			Id: one.id, PodSandboxId: one.sandbox.id, Metadata: one.config.Metadata, Image: one.config.Image,
			ImageRef: s.ref(one.image), State: one.state, CreatedAt: one.createdAt,
			Labels: one.config.Labels, Annotations: one.config.Annotations,
		})
	}
	return &cri.ListContainersResponse{Containers: found}, nil
}

func (s *Server) ContainerStatus(_ context.Context, request *cri.ContainerStatusRequest) (*cri.ContainerStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.containers[request.ContainerId]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "an error occurred when try to find container %q: not found", request.ContainerId)
	}
	spec := &cri.ImageSpec{Image: one.config.Image.Image}
	if image := s.find(spec.Image); image != nil {
		spec.Image = image.RepoTags[0]
	}
	root := &cri.ContainerUser{Linux: &cri.LinuxContainerUser{SupplementalGroups: []int64{0}}}
	return &cri.ContainerStatusResponse{Status: &cri.ContainerStatus{
		Id: one.id, Metadata: one.config.Metadata, State: one.state, CreatedAt: one.createdAt, StartedAt: one.startedAt,
		FinishedAt: one.finished, ExitCode: one.exitCode, Reason: one.reason, Message: one.message,
		Image: spec, ImageRef: s.ref(one.image), ImageId: s.ref(one.image),
		Labels: one.config.Labels, Annotations: one.config.Annotations, Mounts: one.config.Mounts, LogPath: one.config.LogPath, User: root,
	}}, nil
}

func (s *Server) UpdateContainerResources(context.Context, *cri.UpdateContainerResourcesRequest) (*cri.UpdateContainerResourcesResponse, error) {
	return &cri.UpdateContainerResourcesResponse{}, nil
}

func (s *Server) ExecSync(ctx context.Context, request *cri.ExecSyncRequest) (*cri.ExecSyncResponse, error) {
	s.mu.Lock()
	one, ok := s.containers[request.ContainerId]
	s.mu.Unlock()
	if !ok {
		return nil, status.Errorf(codes.NotFound, "container %q: not found", request.ContainerId)
	}
	scripted := s.read().container(one.config.Metadata.Name)
	answer, ok := scripted.Exec[strings.Join(request.Cmd, " ")]
	if !ok {
		answer = scripted.Exec["*"]
	}
	var late <-chan time.Time
	if request.Timeout > 0 {
		late = time.After(time.Duration(request.Timeout) * time.Second)
	}
	select {
	case <-time.After(milliseconds(answer.Ms)):
	case <-late:
		seconds := time.Duration(request.Timeout) * time.Second
		return nil, status.Errorf(codes.DeadlineExceeded, "failed to exec in container: timeout %s exceeded: context deadline exceeded", seconds)
	case <-one.done:
		return nil, status.Error(codes.Unknown, "container exited while the command ran")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if answer.Error != "" {
		return nil, status.Error(codes.Unknown, answer.Error)
	}
	return &cri.ExecSyncResponse{Stdout: []byte(answer.Stdout), ExitCode: answer.ExitCode}, nil
}

func (s *Server) ContainerStats(context.Context, *cri.ContainerStatsRequest) (*cri.ContainerStatsResponse, error) {
	return &cri.ContainerStatsResponse{}, nil
}

// ListContainerStats tells the memory of what runs; the kubelet ranks Pods by it when a node has too little.
func (s *Server) ListContainerStats(context.Context, *cri.ListContainerStatsRequest) (*cri.ListContainerStatsResponse, error) {
	script := s.read()
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &cri.ListContainerStatsResponse{}
	for id, one := range s.containers {
		if one.state != cri.ContainerState_CONTAINER_RUNNING {
			continue
		}
		answer.Stats = append(answer.Stats, &cri.ContainerStats{
			Attributes: &cri.ContainerAttributes{Id: id, Metadata: one.config.Metadata},
			Memory: &cri.MemoryUsage{
				Timestamp:       time.Now().UnixNano(),
				WorkingSetBytes: &cri.UInt64Value{Value: script.container(one.config.Metadata.Name).Memory},
			},
		})
	}
	return answer, nil
}

func (s *Server) ListPodSandboxStats(context.Context, *cri.ListPodSandboxStatsRequest) (*cri.ListPodSandboxStatsResponse, error) {
	return &cri.ListPodSandboxStatsResponse{}, nil
}

func (s *Server) ReopenContainerLog(context.Context, *cri.ReopenContainerLogRequest) (*cri.ReopenContainerLogResponse, error) {
	return &cri.ReopenContainerLogResponse{}, nil
}

// ref is the image's name with its digest, as a runtime reports what it pulled.
func (s *Server) ref(image string) string {
	for _, known := range s.images {
		if known.Id == image || contains(known.RepoTags, image) || contains(known.RepoDigests, image) {
			return known.RepoDigests[0]
		}
	}
	return image
}

func contains(list []string, wanted string) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}

func (s *Server) add(image string, size uint64) *cri.Image {
	repository, _, _ := strings.Cut(image, ":")
	full := image
	if host, _, isPath := strings.Cut(image, "/"); !isPath || !strings.Contains(host, ".") {
		full = "docker.io/library/" + image
		repository = "docker.io/library/" + repository
	}
	made := &cri.Image{
		Id: "sha256:" + id("config", image), RepoTags: []string{full, image},
		RepoDigests: []string{repository + "@sha256:" + id("manifest", image)}, Size: size,
		Spec: &cri.ImageSpec{Image: image},
	}
	s.images[image] = made
	return made
}

func (s *Server) find(name string) *cri.Image {
	for _, known := range s.images {
		if known.Id == name || contains(known.RepoTags, name) || contains(known.RepoDigests, name) {
			return known
		}
	}
	if scripted, ok := s.read().Images[name]; ok && scripted.Present {
		return s.add(name, scripted.Size)
	}
	return nil
}

func (s *Server) ListImages(_ context.Context, request *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	images := []*cri.Image{}
	for _, one := range s.images {
		images = append(images, one)
	}
	return &cri.ListImagesResponse{Images: images}, nil
}

func (s *Server) ImageStatus(_ context.Context, request *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &cri.ImageStatusResponse{Image: s.find(request.Image.Image)}, nil
}

func (s *Server) PullImage(ctx context.Context, request *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	scripted, ok := s.read().Images[request.Image.Image]
	if !ok {
		scripted = Image{Size: 1 << 20}
	}
	select {
	case <-time.After(milliseconds(scripted.PullMs)):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if scripted.Error != "" {
		return nil, status.Error(code(scripted.Code), scripted.Error)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &cri.PullImageResponse{ImageRef: s.add(request.Image.Image, scripted.Size).RepoDigests[0]}, nil
}

func (s *Server) RemoveImage(_ context.Context, request *cri.RemoveImageRequest) (*cri.RemoveImageResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.images, request.Image.Image)
	return &cri.RemoveImageResponse{}, nil
}

func (s *Server) ImageFsInfo(context.Context, *cri.ImageFsInfoRequest) (*cri.ImageFsInfoResponse, error) {
	now := time.Now().UnixNano()
	usage := []*cri.FilesystemUsage{{
		Timestamp: now, FsId: &cri.FilesystemIdentifier{Mountpoint: "/"},
		UsedBytes: &cri.UInt64Value{Value: 1 << 30}, InodesUsed: &cri.UInt64Value{Value: 1 << 16},
	}}
	return &cri.ImageFsInfoResponse{ImageFilesystems: usage, ContainerFilesystems: usage}, nil
}

func code(name string) codes.Code {
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		if code.String() == name {
			return code
		}
	}
	return codes.Unknown
}
