/** Which system user Postgres runs as, and how it gets at its folder: it refuses to run as root, and we may be root. */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Stop } from './stop.ts'

/** How to start a program of Postgres: what to put before it, and which user the system switches to. */
export interface RunAs {
  readonly prefix: readonly string[]
  /** Owner of the files that Postgres writes; undefined when that is this user. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** What `spawn` is told; empty when the prefix does the switch. */
  readonly spawnAs: { readonly uid?: number; readonly gid?: number }
}

/**
 * Not root: as this user. Root: as the owner of the existing `cluster` folder, else as `postgres`, made when there is no
 * such user. When folders on the way to `programs` or `cluster` are closed to that user (a clone under /root), it keeps
 * the one right to pass them.
 */
export function chooseUser({ cluster, programs }: { cluster: string; programs: string }): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [], spawnAs: {} }
  const owner = ownerOf(cluster) ?? findUser('postgres') ?? createUser('postgres') ?? findUser('nobody')
  if (owner === null)
    throw new Stop(
      'Postgres does not run as root, and no user "postgres" could be made. Run "useradd postgres", or npm start as another user.',
    )
  if (canEnter(dirname(cluster), owner) && canEnter(programs, owner)) return { prefix: [], owner, spawnAs: owner }
  return { prefix: passingPrefix(owner, cluster), owner, spawnAs: {} }
}

function ownerOf(folder: string): { uid: number; gid: number } | null {
  const stat = statSync(folder, { throwIfNoEntry: false })
  return stat === undefined || stat.uid === 0 ? null : { uid: stat.uid, gid: stat.gid }
}

function findUser(name: string): { uid: number; gid: number } | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
  if (uid?.status !== 0 || gid?.status !== 0) return null
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

function createUser(name: string): { uid: number; gid: number } | null {
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name])
  return findUser(name)
}

/** Whether every folder down to `path` may be passed by that user. */
function canEnter(path: string, user: { uid: number; gid: number }): boolean {
  const { mode, uid, gid } = statSync(path)
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  return (mode & bit) !== 0 && (dirname(path) === path || canEnter(dirname(path), user))
}

/** The narrower right first; a container may have been left the wider one only. */
const RIGHTS = ['dac_read_search', 'dac_override'] as const

function passingPrefix(user: { uid: number; gid: number }, cluster: string): string[] {
  for (const right of RIGHTS) {
    const prefix = [
      'setpriv',
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      `--inh-caps=+${right}`,
      `--ambient-caps=+${right}`,
      // Postgres asks by access(), which counts no rights of anybody but root unless this bit is set (capabilities(7)).
      '--securebits=+no_setuid_fixup',
      '--',
    ]
    if (spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0) return prefix
  }
  throw new Stop(
    `Postgres does not run as root, and its own user cannot enter a folder above ${cluster} or above this clone. ` +
      'Move the clone to a folder that everybody may enter (/srv, /opt or /home/…), or run npm start as another user.',
  )
}
