// Package libnbd has as much of the client of network block devices as virt-launcher's backups name; no guest here is
// backed up.
package libnbd

import "errors"

const (
	CONTEXT_BASE_ALLOCATION   = "base:allocation"
	CONTEXT_QEMU_DIRTY_BITMAP = "qemu:dirty-bitmap:"

	STATE_HOLE  uint32 = 1
	STATE_ZERO  uint32 = 2
	STATE_DIRTY uint32 = 1
)

var errNone = errors.New("no network block device is made here")

type Libnbd struct{}

type LibnbdExtent struct {
	Length uint64
	Flags  uint64
}

type ExtentCallback func(context string, offset uint64, entries []LibnbdExtent, failure *int) int

type BlockStatus64Optargs struct{}

type PreadOptargs struct{}

func Create() (*Libnbd, error) { return nil, errNone }

func (*Libnbd) AddMetaContext(string) error { return errNone }

func (*Libnbd) BlockStatus64(uint64, uint64, ExtentCallback, *BlockStatus64Optargs) error {
	return errNone
}

func (*Libnbd) CanMetaContext(string) (bool, error) { return false, errNone }

func (*Libnbd) Close() error { return nil }

func (*Libnbd) ConnectUnix(string) error { return errNone }

func (*Libnbd) GetSize() (uint64, error) { return 0, errNone }

func (*Libnbd) Pread([]byte, uint64, *PreadOptargs) error { return errNone }

func (*Libnbd) SetExportName(string) error { return errNone }
