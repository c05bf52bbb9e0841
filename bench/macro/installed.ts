/** Finds programs on the search path. */
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const SEARCH_PATH = (process.env.PATH ?? '').split(delimiter)

/** Where this project keeps what it downloads by itself. */
export const CACHE_DIR = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice')

export function isInstalled(program: string): boolean {
  return SEARCH_PATH.some((dir) => isExecutable(join(dir, program)))
}

/** A sentence for people when a program of Debian's is not there. */
export function debianMissing(program: string): string | undefined {
  return isInstalled(program) ? undefined : `${program} is not installed: apt-get install ${program}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
