/** The shell of every page on the app host: language, fonts of our own, colours for light and dark. */
import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Satstile', template: '%s · Satstile' },
  description:
    'Put a price in sats on an article. Readers pay by Lightning and read; programs pay and get their bytes.',
  robots: { index: false },
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#faf8f3' },
    { media: '(prefers-color-scheme: dark)', color: '#121513' },
  ],
}

/** A nonce in the policy of each answer means that no page can be rendered ahead of its request. */
export const dynamic = 'force-dynamic'

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
