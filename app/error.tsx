'use client'
/** A fault outside the frame. */
import { Failure, type PageFault } from './_ui/failure.tsx'

export default function AnyError(fault: PageFault) {
  return <Failure {...fault} />
}
