/** A real nginx in front of a gateway, as Debian ships it, with the buffers that it has by default. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePorts } from '#scripts/start/ports.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/satstile-nginx')

/** The program: installed, fetched before, or unpacked now from Debian's package; `null`: there is none to be had here. */
export async function findNginx(): Promise<string | null> {
  const unpacked = join(CACHE, 'usr/sbin/nginx')
  for (const program of ['/usr/sbin/nginx', unpacked]) if (existsSync(program) && (await works(program))) return program
  try {
    mkdirSync(CACHE, { recursive: true })
    await run('apt-get', ['download', 'nginx-light'], { cwd: CACHE, timeout: 60_000 })
    for (const file of globSync('nginx-light_*.deb', { cwd: CACHE }))
      await run('dpkg-deb', ['-x', file, '.'], { cwd: CACHE })
    if (!existsSync(unpacked)) {
      await run('apt-get', ['download', 'nginx'], { cwd: CACHE, timeout: 60_000 })
      for (const file of globSync('nginx_*.deb', { cwd: CACHE }))
        await run('dpkg-deb', ['-x', file, '.'], { cwd: CACHE })
    }
    return (await works(unpacked)) ? unpacked : null
  } catch {
    return null
  }
}

async function works(program: string): Promise<boolean> {
  return run(program, ['-v']).then(
    () => true,
    () => false,
  )
}

/** Passes everything to `port` on this computer, but what `locations` take; answers its own port. */
export async function startNginx(
  program: string,
  port: number,
  locations = '',
): Promise<{ port: number; close(): Promise<void> }> {
  const [own = 0] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'satstile-nginx-'))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
http { access_log off; ${paths}
  server { listen 127.0.0.1:${own}; ${locations} location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header Host $http_host; } } }`,
  )
  const process = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()))
  await until('nginx listens', () =>
    fetch(`http://127.0.0.1:${own}/`).then(
      () => true,
      () => false,
    ),
  )
  return {
    port: own,
    async close() {
      process.kill('SIGQUIT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
