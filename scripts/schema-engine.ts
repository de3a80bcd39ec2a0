/** Prisma's schema engine as WebAssembly on the pg driver: no program to download, the same on every computer. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

type Glue = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/**
 * Runs `work` with a schema engine on the database at `databaseUrl`, and closes its connections whatever happens.
 * The engine connects at once, so it throws when the database does not answer.
 */
export async function withSchemaEngine<T>(databaseUrl: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 5_000 })
  try {
    const glue = await loadEngine()
    const scripts = wholeScripts(pool)
    const adapter = bindMigrationAwareSqlAdapterFactory(scripts.factory)
    const engine = await glue.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter)
    try {
      return await work(engine)
    } catch (cause) {
      // The engine names the place in its own source; what Postgres said is what helps.
      throw scripts.failure() ?? cause
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
  }
}

/** Notes what is being applied as applied; there is no such table yet when the engine makes its own. */
const NOTE_FINISHED = `;do $finished$ begin
  update _prisma_migrations set finished_at = now(), applied_steps_count = 1 where finished_at is null;
  exception when undefined_table then null;
end $finished$`

/**
 * Prisma's adapter splits a script at every semicolon, which tears the bodies of functions apart. Sent whole, Postgres
 * reads it itself, as one transaction that also notes the migration: one that fails, or is killed, leaves nothing behind.
 */
function wholeScripts(pool: pg.Pool): { readonly factory: PrismaPg; failure(): Error | null } {
  let failure: Error | null = null
  const factory = new PrismaPg(pool)
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    adapter.executeScript = async (script) => {
      await pool.query(script + NOTE_FINISHED).catch((cause: unknown) => {
        failure = cause instanceof Error ? cause : new Error(String(cause))
        throw cause
      })
    }
    return adapter
  }
  return { factory, failure: () => failure }
}

let loaded: Promise<Glue> | undefined

function loadEngine(): Promise<Glue> {
  loaded ??= (async () => {
    const require = createRequire(import.meta.url)
    const path = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const glue = (await import(path)) as Glue
    // The package's own entry imports the .wasm file as a module, which Node does behind a warning only.
    const { instance } = await WebAssembly.instantiate(readFileSync(path.replace(/\.js$/, '.wasm')), {
      './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
    })
    glue.__wbg_set_wasm(instance.exports)
    ;(instance.exports.__wbindgen_start as () => void)()
    return glue
  })()
  return loaded
}
