/** Runs once when the dashboard's process starts: a configuration or a database that cannot be trusted ends it at once. */

export async function register(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: not configuration; Next replaces it when it builds, and leaves Node's parts out of its edge bundle
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { startWeb } = await import('./app/_server/http/start-web.ts')
    await startWeb()
  }
}
