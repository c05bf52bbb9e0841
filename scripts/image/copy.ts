/** Lays the files of the image out in a folder, the same way each time: modes and times depend on nothing. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ImageFile } from './list.ts'

/** Of all files and folders, in seconds. Any would do; zero is taken for "none" here and there. */
const TIME = 1

/** @param to a folder that stands for the root of the image; it may not exist yet. */
export function copyImage(files: readonly ImageFile[], to: string): void {
  for (const { source, target } of files) {
    const path = join(to, target)
    mkdirSync(dirname(path), { recursive: true })
    copyFileSync(source, path)
    chmodSync(path, isProgram(source) ? 0o755 : 0o644)
  }
  settle(to)
}

function isProgram(path: string): boolean {
  return (statSync(path).mode & 0o100) !== 0
}

/** Folders last, since what is put into one changes its time. */
function settle(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) settle(path)
    else utimesSync(path, TIME, TIME)
  }
  chmodSync(folder, 0o755)
  utimesSync(folder, TIME, TIME)
}
