package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/transfer"
	transferimage "github.com/containerd/containerd/v2/core/transfer/image"
	"github.com/containerd/containerd/v2/core/transfer/local"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	localcontent "github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	bolt "go.etcd.io/bbolt"
)

// registry answers from memory, as a registry would.
type registry struct {
	name  string
	top   ocispec.Descriptor
	blobs store
}

func (r registry) String() string { return r.name }

func (r registry) Resolve(context.Context) (string, ocispec.Descriptor, error) {
	return r.name, r.top, nil
}

func (r registry) Fetcher(context.Context, string) (transfer.Fetcher, error) { return r, nil }

func (r registry) Fetch(_ context.Context, desc ocispec.Descriptor) (io.ReadCloser, error) {
	body, ok := r.blobs[desc.Digest]
	if !ok {
		return nil, fmt.Errorf("%s: %w", desc.Digest, errdefs.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// pullByTransfer is what the CRI plugin does by default since 2.1: the transfer service fetches for the node's platform,
// then the config is looked up with the node's whole list. Nothing is unpacked: that needs a kernel's mounts.
func pullByTransfer(host ocispec.Platform, top ocispec.Descriptor, blobs store) (string, error) {
	ctx := namespaces.WithNamespace(context.Background(), "k8s.io")
	folder, err := os.MkdirTemp("", "podscope-transfer-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	files, err := localcontent.NewStore(filepath.Join(folder, "content"))
	if err != nil {
		return "", err
	}
	db, err := bolt.Open(filepath.Join(folder, "meta.db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		return "", err
	}
	defer db.Close()
	metadataOf := metadata.NewDB(db, files, nil)
	if err := metadataOf.Init(ctx); err != nil {
		return "", err
	}
	names := metadata.NewImageStore(metadataOf)
	service := local.NewTransferService(metadataOf.ContentStore(), names, local.TransferConfig{
		Leases: metadata.NewLeaseManager(metadataOf),
	})
	const name = "registry.example/shop:1.4"
	source := registry{name, top, blobs}
	target := transferimage.NewStore(name, transferimage.WithPlatforms(host))
	if err := service.Transfer(ctx, source, target); err != nil {
		return "", fmt.Errorf("failed to pull and unpack image %q: %w", name, err)
	}
	image, err := names.Get(ctx, name)
	if err != nil {
		return "", err
	}
	config, err := images.Config(ctx, metadataOf.ContentStore(), image.Target, platforms.Only(host))
	if err != nil {
		return "", fmt.Errorf("get image config descriptor: %w", err)
	}
	return config.Digest.String(), nil
}
