/** Absent is an answer; a disk that cannot be read is a fault. */

/** What `reading` gives; `null`: the file or folder is not there. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
