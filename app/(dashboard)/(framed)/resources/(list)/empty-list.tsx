/** Before the first resource: what will be here, one way to begin, one row as an example. */
import Link from 'next/link'
import { Icon } from '#app/_ui/icon.tsx'

export function EmptyList() {
  return (
    <section className="mt-5 border-y border-hairline py-8">
      <h2 className="text-h3">What you sell stands here</h2>
      <p className="mt-1 max-w-xl text-muted">
        An article has a free part and a paid part; a file is bought whole; an API has a price for each route. Programs
        pay at the same address as readers.
      </p>
      <p className="mt-4 flex flex-wrap gap-3">
        <Link href="/resources/new" className="button button-primary">
          <Icon name="article" />
          Write an article
        </Link>
        <Link href="/resources/new/file" className="button button-plain">
          <Icon name="document" />
          Sell a file
        </Link>
        <Link href="/resources/new/api" className="button button-plain">
          <Icon name="code" />
          Sell an API
        </Link>
      </p>
      <table className="mt-8 w-full text-table text-muted">
        <caption className="mb-2 text-left text-label text-faint">example</caption>
        <tbody>
          <tr className="h-10 border-y border-hairline">
            <td className="font-medium">Tides</td>
            <td>article</td>
            <td className="text-right">210 sats</td>
            <td className="text-right max-md:hidden">112 sales</td>
            <td className="text-right">23,520 sats</td>
          </tr>
        </tbody>
      </table>
    </section>
  )
}
