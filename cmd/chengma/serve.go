package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/api/viewer"
	"github.com/chengma/chengma/entities"
)

type serveFlags struct {
	addr, city, keys, publicURL string
	snapshots                   string
	tileCache                   int
}

func (p *program) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the store over HTTP: pages, features, tiles, documents",
		Args:  exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			return errors.Join(p.serve(cmd.Context(), store, f, ""), store.Close())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "HOST:PORT to listen on; port 0 is any free one")
	flags.StringVar(&f.city, "city", "", cityFlag)
	flags.StringVar(&f.keys, "keys", "", "key file; without it everybody sees what is open and nothing else")
	flags.StringVar(&f.publicURL, "public-url", "", "address that clients see, if a proxy does not say it")
	flags.StringVar(&f.snapshots, "snapshots", "", "folder for the copies that tiles are drawn from (default: beside the store)")
	flags.IntVar(&f.tileCache, "tile-cache", 256, "MiB of drawn tiles to keep; 0 for none")
	return cmd
}

// serve serves the store until ctx ends, and says where, with a note for people.
func (p *program) serve(ctx context.Context, store entities.Store, f serveFlags, note string) (err error) {
	city, err := readCity(f.city)
	if err != nil {
		return err
	}
	keys, err := p.loadKeys(f.keys)
	if err != nil {
		return err
	}
	sealer, err := sealerOf(ctx, store)
	if err != nil {
		return err
	}
	cache := int64(f.tileCache) << 20
	if cache <= 0 {
		cache = -1
	}
	if f.snapshots == "" {
		if f.snapshots, err = p.snapshotFolder(); err != nil {
			return err
		}
	}
	drawing, err := p.openDrawing(ctx, store, f.snapshots, cache)
	if err != nil {
		return fmt.Errorf("snapshots in %s: %w; they can be made anew at any time, and --snapshots names another folder", f.snapshots, err)
	}
	defer func() { err = errors.Join(err, drawing.close()) }()
	handler, err := api.New(api.Config{
		Store: store, Features: drawing.shown.Features, Tiles: drawing.shown, Zone: city.zone, Keys: keys, Sealer: sealer,
		City:   api.City{Name: city.Name, Code: city.Code, Attribution: city.Attribution},
		Viewer: viewer.Files(), PublicURL: f.publicURL, Now: p.now, Log: p.log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handler.Close()) }()
	return p.listen(ctx, f.addr, handler, note)
}
