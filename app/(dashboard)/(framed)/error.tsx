'use client'
/** A fault inside the frame leaves the frame standing. */
import { Failure, type PageFault } from '#app/_ui/failure.tsx'

export default function FramedError(fault: PageFault) {
  return <Failure {...fault} />
}
