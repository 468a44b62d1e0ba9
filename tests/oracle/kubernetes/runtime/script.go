// Package runtime is a container runtime that plays a script: it speaks CRI to a real kubelet, and what images and
// processes do is read from a file. The script is an input of a recording; what the kubelet makes of it is not.
package runtime

import (
	"encoding/json"
	"os"
	"time"
)

// Script says what a runtime does. It is read again for each call, so that a scenario can change it while it runs.
type Script struct {
	// Images by the name that the kubelet asks for ("nginx:1.29").
	Images map[string]Image `json:"images"`
	// Containers by the name in the Pod's spec; "*" stands for all others.
	Containers map[string]Container `json:"containers"`
	// SandboxErrors are answered in turn to RunPodSandbox; the last one stays. "" succeeds.
	SandboxErrors []string `json:"sandbox_errors"`
	// SandboxMs is how long a sandbox takes.
	SandboxMs int `json:"sandbox_ms"`
	// NetworkReady is what the runtime reports of its network; absent means true.
	NetworkReady *bool `json:"network_ready"`
	// Ends are main processes that are over from now on, by Pod and container ("web/web").
	Ends map[string]End `json:"ends"`
	// NodeMemory is the working set of the whole machine in bytes; 0 means a gibibyte.
	NodeMemory uint64 `json:"node_memory"`
}

// Image is one image of a registry, or of the node when Present.
type Image struct {
	PullMs  int    `json:"pull_ms"`
	Size    uint64 `json:"size"`
	Present bool   `json:"present"`
	// Error is the text of a failed pull, Code its gRPC code (NotFound, Unknown, Unavailable, …).
	Error string `json:"error"`
	Code  string `json:"code"`
}

// Container is what the processes of one container do, run after run; the last run is repeated.
type Container struct {
	Runs        []Run  `json:"runs"`
	CreateError string `json:"create_error"`
	StartError  string `json:"start_error"`
	// Exec answers a command (joined by blanks); "*" stands for all others. Absent means exit 0.
	Exec map[string]Exec `json:"exec"`
	// Memory is its working set in bytes.
	Memory uint64 `json:"memory"`
}

// Run is one life of a container's main process.
type Run struct {
	// ExitAfterMs is when the process ends by itself; 0 means never.
	ExitAfterMs int    `json:"exit_after_ms"`
	ExitCode    int32  `json:"exit_code"`
	Reason      string `json:"reason"`
	Message     string `json:"message"`
	// IgnoresTerm, else TermMs after SIGTERM the process ends with TermCode.
	IgnoresTerm bool  `json:"ignores_term"`
	TermMs      int   `json:"term_ms"`
	TermCode    int32 `json:"term_code"`
	// Listens on ports of the Pod's address: HTTP answers with a status, by time since the start.
	Listens []Port `json:"listens"`
}

// End is how a process ends that a scenario takes away.
type End struct {
	ExitCode int32  `json:"exit_code"`
	Reason   string `json:"reason"`
}

// Port answers HTTP requests with Status from FromMs after the start of the process (before: connection refused).
type Port struct {
	Port    int      `json:"port"`
	FromMs  int      `json:"from_ms"`
	Answers []Answer `json:"answers"`
}

// Answer is the status from FromMs (since the start of the process) on, after DelayMs.
type Answer struct {
	FromMs  int `json:"from_ms"`
	Status  int `json:"status"`
	DelayMs int `json:"delay_ms"`
}

// Exec is how a command inside a container ends.
type Exec struct {
	Ms       int    `json:"ms"`
	ExitCode int32  `json:"exit_code"`
	Stdout   string `json:"stdout"`
	Error    string `json:"error"`
}

func readScript(path string) Script {
	var script Script
	if text, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(text, &script)
	}
	return script
}

// WorkingSet is how much memory a machine uses by its script, in bytes.
func WorkingSet(path string) uint64 {
	if used := readScript(path).NodeMemory; used > 0 {
		return used
	}
	return 1 << 30
}

func (s Script) container(name string) Container {
	if found, ok := s.Containers[name]; ok {
		return found
	}
	return s.Containers["*"]
}

func (c Container) run(number int) Run {
	if len(c.Runs) == 0 {
		return Run{}
	}
	return c.Runs[min(number, len(c.Runs)-1)]
}

func milliseconds(number int) time.Duration { return time.Duration(number) * time.Millisecond }
