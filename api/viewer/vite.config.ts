import { defineConfig } from 'vite';

// The page is served from any path behind any proxy, so every address in it is
// relative. The library of the map is a chunk of its own: the page stands before
// it has come, and it stays in the browser's cache when the page changes.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rollupOptions: { output: { manualChunks: { maplibre: ['maplibre-gl'] } } },
  },
  // `CHENGMA=http://127.0.0.1:8080 npm run dev` shows the city of a running server.
  server: {
    proxy: Object.fromEntries(
      ['/layers.json', '/tiles', '/styles', '/entities', '/search', '/collections', '/c/', '/api'].map((path) => [
        path,
        process.env['CHENGMA'] ?? 'http://127.0.0.1:8080',
      ]),
    ),
  },
});
