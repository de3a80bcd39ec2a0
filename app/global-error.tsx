'use client'
/** The shell itself failed, so this page brings its own. */
import { Failure, type PageFault } from './_ui/failure.tsx'
import './globals.css'

export default function GlobalError(fault: PageFault) {
  return (
    <html lang="en">
      <body>
        <Failure {...fault} />
      </body>
    </html>
  )
}
