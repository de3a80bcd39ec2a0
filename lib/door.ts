/** What the second door's bundle offers to the routes of Next that stand in front of it. */

export interface Door {
  /** A request to a creator host: the gate's answer, or what it lets through. Never rejects. */
  serve(request: Request): Promise<Response>
  /** A call of a creator's own server to `/api/v1/verify`. Never rejects. */
  verify(request: Request): Promise<Response>
}

/** The name under which `dist/door.mjs` gives it; resolves when the process may serve, and ends it when it may not. */
export interface DoorBundle {
  openDoor(): Promise<Door>
}
