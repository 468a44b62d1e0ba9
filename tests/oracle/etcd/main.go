// The real commands of etcd behind one binary: the name that it is called by says which, else the first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/etcdctl/v3/ctlv3"
	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	name := filepath.Base(os.Args[0])
	if name != "etcd" && name != "etcdctl" {
		if len(os.Args) < 2 {
			fmt.Fprintln(os.Stderr, "name a command: etcd, etcdctl")
			os.Exit(2)
		}
		name = os.Args[1]
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "etcdctl":
		ctlv3.MustStart()
	default:
		fmt.Fprintf(os.Stderr, "no such command: %s\n", name)
		os.Exit(2)
	}
}
