/** The rows that the page of the same address shows, as CSV. */
import { findMember, findUser } from '#app/_server/auth/session.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { parseSalesQuery, readSales } from '#app/_server/reads/sales.ts'
import { toSaleCsv } from '#lib/paywall/settlements/sale-csv.ts'

/** 401 for strangers, 404 for somebody without a creator, 503 while the database is silent. */
export async function GET(request: Request): Promise<Response> {
  const query = parseSalesQuery(Object.fromEntries(new URL(request.url).searchParams))
  const read = await whileReachable(async () => {
    const user = await findUser()
    const member = user === null ? null : await findMember(user.userId)
    if (member === null) return user === null ? 401 : 404
    return { handle: member.handle, ...(await readSales(member, query)) }
  })
  if (read.kind === 'silent') return silentAnswer()
  if (typeof read.value === 'number') return new Response(null, { status: read.value })
  return new Response(toSaleCsv(read.value.sales), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${read.value.handle}-sales.csv"`,
      'cache-control': 'private, no-store',
    },
  })
}
