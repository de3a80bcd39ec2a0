/** One mailbox gets a few sign-in links and no flood, however often somebody asks for them. */

const LINKS = 5
const WINDOW_MS = 15 * 60 * 1000
/** Addresses remembered at once; the oldest gives way, so memory stays bounded. */
const MAX_ADDRESSES = 10_000

const sentAt = new Map<string, number[]>()

/** Takes one link from the budget of `address`; `false`: five were sent within the last 15 minutes. */
export function claimMail(address: string, now: Date): boolean {
  const recent = (sentAt.get(address) ?? []).filter((at) => at > now.getTime() - WINDOW_MS)
  if (recent.length >= LINKS) return false
  sentAt.delete(address)
  sentAt.set(address, [...recent, now.getTime()])
  const oldest = sentAt.keys().next().value
  if (sentAt.size > MAX_ADDRESSES && oldest !== undefined) sentAt.delete(oldest)
  return true
}
