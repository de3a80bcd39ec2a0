/** Settings of the dashboard's Next process: what is sent with every answer, what stays outside the bundle. */

/** Headers that never change; the content security policy carries a nonce and comes from proxy.ts. */
const fixedHeaders = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=(), interest-cohort=()' },
]

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // The gate packs by itself, and a 402 has no room for what packing would add to its head.
  // biome-ignore lint/style/noProcessEnv: read by `next start` too, which no schema of lib/config.ts reaches
  compress: process.env.WEB_ROLE !== 'door',
  reactStrictMode: true,
  devIndicators: false,
  images: { unoptimized: true },
  // `npm test` has a tier of its own for types; checking them twice would only make the build slower.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    'pg',
    '@prisma/client',
    '@prisma/adapter-pg',
    'lightning',
    'bullmq',
    'pino',
    'nodemailer',
    'prom-client',
    '@aws-sdk/client-s3',
    '@aws-sdk/lib-storage',
    '@tus/server',
    '@tus/file-store',
    'file-type',
  ],
  experimental: {
    // A file to import may have 5 MB; pictures come by a route of their own.
    serverActions: { bodySizeLimit: '6mb' },
  },
  // What leaves by the second door has the gate's own.
  headers: async () => [{ source: '/:path((?!api/gate$).*)', headers: fixedHeaders }],
}

export default config
