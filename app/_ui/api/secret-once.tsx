/** A signing secret while it can be seen, which is once. */
import { CopyButton } from '#app/_ui/copy-button.tsx'

export function SecretOnce({ secret }: { secret: string }) {
  return (
    <section aria-labelledby="secret-title" className="rounded-card border border-hairline bg-surface p-4">
      <h2 id="secret-title" className="font-semibold">
        Signing secret
      </h2>
      <p className="mt-1 text-table text-muted">
        Every request to your server is signed with it, so your server can tell that it came through here. It is shown
        now and never again; it can be replaced.
      </p>
      <div className="mt-3 flex items-center justify-between gap-3 rounded-[4px] bg-sunken px-3 py-2">
        <code className="min-w-0 font-mono text-table [overflow-wrap:anywhere]">{secret}</code>
        <CopyButton text={secret} label="Copy the signing secret" />
      </div>
    </section>
  )
}
