/** @type {import("next").NextConfig} */
export default {
  // A second build (tests) can lie beside the one that is running.
  distDir: process.env.NEXT_DIST_DIR || ".next",
  // A folder that runs wherever it is copied, with what it needs of `node_modules` and no more (scripts/standalone.ts).
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  // What optimizes images, 19 MB: there is none of that (`images` below).
  outputFileTracingExcludes: { "*": ["node_modules/sharp/**", "node_modules/@img/**"] },
  // `npm run verify` checks the types, with the tests' and scripts'; a build need not do it again.
  typescript: { ignoreBuildErrors: true },
  // The proxy in front compresses; on loopback it would cost more than it saves (100 ms for a list of 10,000).
  compress: false,
  poweredByHeader: false,
  // Documents name what they need. A `Link` header besides may grow past what a proxy takes as headers (4 kB): none has
  // room. (Of 0 the development server complains.)
  reactMaxHeadersLength: 1,
  productionBrowserSourceMaps: false,
  // The optimizer fetches and caches on the server what an address tells it to. The desk has no pictures.
  images: { unoptimized: true },
  // Loaded by Node, not bundled: native code, and packages whose objects are made in one bundle and asked for their
  // class in another, where each bundle would have a copy of the class.
  serverExternalPackages: ["kysely", "libsql", "pg", "pino", "undici"],
  experimental: {
    // How much of a body Next holds in memory for the proxy. Our own limit (64 kB) is below it.
    proxyClientMaxBodySize: "128kb",
  },
};
