/** A page of the dashboard that is not there leaves the frame standing. */
import { NothingHere } from '#app/_ui/nothing-here.tsx'

export default function FramedNotFound() {
  return <NothingHere />
}
