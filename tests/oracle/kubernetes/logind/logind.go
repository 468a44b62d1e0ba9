// Package logind is what a kubelet sees of systemd-logind on a bus: locks that delay a shutdown, and the announcement of
// one. That a machine goes down is an input of a recording; what the kubelet makes of it is not.
package logind

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	service = "org.freedesktop.login1"
	path    = dbus.ObjectPath("/org/freedesktop/login1")
	manager = service + ".Manager"
	delay   = 60 * time.Second // InhibitDelayMaxSec
)

type login struct{ held sync.WaitGroup }

// Inhibit hands out one end of a pipe; the lock is held until whoever has it closes it.
func (l *login) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	read, write, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.held.Add(1)
	go func() {
		_, _ = read.Read(make([]byte, 1))
		fmt.Printf("%s released by %s\n", what, who)
		l.held.Done()
	}()
	number := write.Fd()
	time.AfterFunc(time.Second, func() { _ = write.Close() }) // it has been sent by then
	return dbus.UnixFD(number), nil
}

// Run serves on the bus of DBUS_SYSTEM_BUS_ADDRESS until SIGUSR1 announces the shutdown; it ends when all locks are
// released, or after the longest delay.
func Run() error {
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		return err
	}
	one := &login{}
	if err := bus.Export(one, path, manager); err != nil {
		return err
	}
	limits := prop.Map{manager: {"InhibitDelayMaxUSec": {Value: uint64(delay.Microseconds()), Emit: prop.EmitFalse}}}
	if _, err := prop.Export(bus, path, limits); err != nil {
		return err
	}
	if _, err := bus.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		return err
	}
	announced := make(chan os.Signal, 1)
	signal.Notify(announced, syscall.SIGUSR1)
	fmt.Println("ready")
	<-announced
	if err := bus.Emit(path, manager+".PrepareForShutdown", true); err != nil {
		return err
	}
	gone := make(chan struct{})
	go func() { one.held.Wait(); close(gone) }()
	select {
	case <-gone:
		fmt.Println("down")
	case <-time.After(delay):
		fmt.Println("down, with locks held")
	}
	return nil
}
