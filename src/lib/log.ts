/**
 * The process log: pino, configured once. A person at a terminal gets short lines, everything else JSON. What cannot
 * be written in time is dropped and counted: a full pipe behind stderr must not stop the main thread.
 */
import { styleText } from 'node:util'
import { type Logger, pino } from 'pino'
import type { Clock } from './clock.ts'

export type Log = Logger
export type LogLevel = (typeof LOG_LEVELS)[number]
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** The part of a writable stream that a log needs. */
export interface LogStream {
  readonly isTTY?: boolean
  /** Bytes not yet taken by the system. */
  readonly writableLength: number
  write(text: string): unknown
}

export interface LogSpec {
  readonly level: LogLevel
  readonly stream: LogStream
  readonly clock: Clock
}

/** Most bytes that may wait for a reader. */
const MAX_WAITING = 1024 * 1024

export function createLog({ level, stream, clock }: LogSpec): Log {
  const write = boundedWriter(stream)
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date(clock.wall()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, { write: stream.isTTY === true ? (line: string) => write(readable(line)) : write })
}

function boundedWriter(stream: LogStream): (line: string) => void {
  let dropped = 0
  return (line) => {
    if (stream.writableLength > MAX_WAITING) {
      dropped++
      return
    }
    if (dropped > 0) stream.write(`${JSON.stringify({ level: 'warn', msg: 'log lines were dropped', dropped })}\n`)
    dropped = 0
    stream.write(line)
  }
}

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

/** `13:14:15 warn  what happened  field=value`; texts of several lines stand below, indented. */
export function readable(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const fields = err === undefined ? rest : { ...rest, error: (err as { stack?: string }).stack }
  const colour = COLOURS[level as keyof typeof COLOURS] ?? 'red'
  const name = styleText(colour, String(level).padEnd(5), { validateStream: false })
  const [long, short] = partition(Object.entries(fields), ([, value]) => String(value).includes('\n'))
  const inline = short.map(
    ([key, value]) => `  ${styleText('dim', `${key}=`, { validateStream: false })}${shown(value)}`,
  )
  const below = long.map(([key, value]) => `    ${key}: ${visible(String(value)).replaceAll('\n', '\n    ')}\n`)
  return `${String(time).slice(11, 19)} ${name} ${visible(String(msg))}${inline.join('')}\n${below.join('')}`
}

function shown(value: unknown): string {
  const text = typeof value === 'string' && !/[\s"]/.test(value) && value !== '' ? value : JSON.stringify(value)
  return visible(text)
}

/** Control characters could steer the terminal: they are written out, line ends apart. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
