// A directory seen through a disk whose fsync takes its time: slowdisk UNDER OVER FILE, where FILE holds for how long
// (nothing while it is not there).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

var delay string

type node struct{ fs.LoopbackNode }


func wait() {
	text, err := os.ReadFile(delay)
	if err != nil {
		return
	}
	if span, err := time.ParseDuration(strings.TrimSpace(string(text))); err == nil {
		time.Sleep(span)
	}
}

// Fsync is what etcd waits for: fdatasync of its write-ahead log comes here too.
func (n *node) Fsync(ctx context.Context, handle fs.FileHandle, flags uint32) syscall.Errno {
	wait()
	if under, ok := handle.(fs.FileFsyncer); ok {
		return under.Fsync(ctx, flags)
	}
	return 0
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "slowdisk UNDER OVER FILE")
		os.Exit(2)
	}
	under, over := os.Args[1], os.Args[2]
	delay = os.Args[3]
	var status syscall.Stat_t
	if err := syscall.Stat(under, &status); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	root := &fs.LoopbackRoot{Path: under, Dev: uint64(status.Dev)}
	root.NewNode = func(data *fs.LoopbackRoot, _ *fs.Inode, _ string, _ *syscall.Stat_t) fs.InodeEmbedder {
		return &node{fs.LoopbackNode{RootData: data}}
	}
	server, err := fs.Mount(over, root.NewNode(root, nil, "", &status), &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: under, Name: "slowdisk"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ended
		_ = server.Unmount()
	}()
	server.Wait()
}
