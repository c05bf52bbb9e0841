/** CPU time and memory of a process and all its descendants, as Linux counts them. See proc(5). */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
/** Fields of /proc/PID/stat behind the command name, counted from 0. */
const PARENT = 1
const USER_TICKS = 11
const SYSTEM_TICKS = 12
/** The same of children that ended and were waited for. */
const ENDED_USER_TICKS = 13
const ENDED_SYSTEM_TICKS = 14
/** Columns of the first line of /proc/stat that are no work: idle and waiting for a disk. */
const IDLE_COLUMNS: readonly number[] = [3, 4]
/** Behind these the columns repeat what others hold (time of guests). */
const COLUMNS = 8

/** User and system time of all threads, dead ones included, in microseconds; a tick is 10 000 of them. */
export function cpuMicros(root: number): number {
  const ticks = tree(root).reduce((sum, pid) => sum + ticksOf(pid), 0)
  return (ticks * 1e6) / TICKS_PER_SECOND
}

/** Microseconds of work that all processors of the machine have done, for us, for others and for the kernel. */
export function machineMicros(): number {
  const columns = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1, 1 + COLUMNS)
  const ticks = columns.reduce((sum, text, column) => sum + (IDLE_COLUMNS.includes(column) ? 0 : Number(text)), 0)
  return (ticks * 1e6) / TICKS_PER_SECOND
}

/** What of it was for this process, its living descendants, and its children that have ended. */
export function ownMicros(): number {
  const fields = statFields(process.pid)
  const ended = Number(fields[ENDED_USER_TICKS]) + Number(fields[ENDED_SYSTEM_TICKS])
  return cpuMicros(process.pid) + (ended * 1e6) / TICKS_PER_SECOND
}

/** Resident set in bytes. Pages shared between processes count in each, so use it for differences. */
export function residentBytes(root: number): number {
  return tree(root).reduce((sum, pid) => sum + residentOf(pid), 0)
}

function tree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const parent = Number.isInteger(pid) ? Number(statFields(pid)[PARENT]) : Number.NaN
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

function ticksOf(pid: number): number {
  const fields = statFields(pid)
  return Number(fields[USER_TICKS] ?? 0) + Number(fields[SYSTEM_TICKS] ?? 0)
}

function residentOf(pid: number): number {
  const status = readIfThere(`/proc/${pid}/status`)
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** The command name stands in parentheses and may hold anything, so fields are counted behind the last one. */
function statFields(pid: number): string[] {
  const text = readIfThere(`/proc/${pid}/stat`)
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Processes end while we look at them; those count as nothing. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
