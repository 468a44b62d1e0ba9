// What containerd's own code pulls: for each pair of an index and a host on standard input, the manifest or the error.
package main

import (
	"bytes"
	"context"
	_ "crypto/sha256" // digests
	"encoding/json"
	"fmt"
	"os"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Pair is an index with what its entries lead to, and a node.
type Pair struct {
	Name     string            `json:"name"`
	Matcher  string            `json:"matcher"`
	Platform string            `json:"platform"`
	Index    json.RawMessage   `json:"index"`
	Blobs    map[string]string `json:"blobs"` // the content of a manifest or config, by its digest
}

// Answer is what the runtime makes of a pair. Config is the digest that the chosen manifest names.
type Answer struct {
	Name     string `json:"name"`
	Platform string `json:"platform"`
	Matches  []bool `json:"matches"`
	Config   string `json:"config,omitempty"`
	Error    string `json:"error,omitempty"`
	Pull     string `json:"pull,omitempty"` // the error of the handlers that choose what is fetched

	// What the CRI plugin makes of it by the transfer service, which is its default since 2.1.
	TransferConfig string `json:"transferConfig,omitempty"`
	TransferError  string `json:"transferError,omitempty"`
}

type store map[digest.Digest][]byte

type reader struct {
	*bytes.Reader
}

func (reader) Close() error { return nil }

func (s store) ReaderAt(_ context.Context, desc ocispec.Descriptor) (content.ReaderAt, error) {
	body, ok := s[desc.Digest]
	if !ok {
		return nil, fmt.Errorf("content digest %s: %w", desc.Digest, errdefs.ErrNotFound)
	}
	return reader{bytes.NewReader(body)}, nil
}

func main() {
	var pairs []Pair
	if err := json.NewDecoder(os.Stdin).Decode(&pairs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]Answer, 0, len(pairs))
	for _, pair := range pairs {
		answers = append(answers, answer(pair))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(pair Pair) Answer {
	told := Answer{Name: pair.Name, Matches: []bool{}}
	host, err := platforms.Parse(pair.Platform)
	if err != nil {
		told.Error = err.Error()
		return told
	}
	told.Platform = platforms.FormatAll(platforms.Normalize(host))
	comparer := platforms.Only(host)
	if pair.Matcher == "strict" {
		comparer = platforms.OnlyStrict(host)
	}
	var index ocispec.Index
	if err := json.Unmarshal(pair.Index, &index); err != nil {
		told.Error = err.Error()
		return told
	}
	for _, entry := range index.Manifests {
		told.Matches = append(told.Matches, entry.Platform == nil || comparer.Match(*entry.Platform))
	}
	blobs := store{}
	for name, body := range pair.Blobs {
		blobs[digest.Digest(name)] = []byte(body)
	}
	top := ocispec.Descriptor{
		MediaType: index.MediaType, Digest: digest.FromBytes(pair.Index), Size: int64(len(pair.Index)),
	}
	blobs[top.Digest] = pair.Index
	fetched := images.LimitManifests(images.FilterPlatforms(images.ChildrenHandler(blobs), comparer), comparer, 1)
	if err := images.Dispatch(context.Background(), fetched, nil, top); err != nil {
		told.Pull = err.Error()
	}
	if told.TransferConfig, err = pullByTransfer(host, top, blobs); err != nil {
		told.TransferError = err.Error()
	}
	manifest, err := images.Manifest(context.Background(), blobs, top, comparer)
	if err != nil {
		told.Error = err.Error()
		return told
	}
	told.Config = manifest.Config.Digest.String()
	return told
}
