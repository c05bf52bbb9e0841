/** Where access-log lines can go. */
import { constants, fstatSync, openSync, write } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Sink } from './line-writer.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants
const OWNER_WRITES_GROUP_READS = 0o640

/**
 * Opens a file to append to. O_NONBLOCK says nothing to a file; a named pipe fails at once where nobody reads it,
 * and would otherwise hold up a thread of the pool for as long as its reader sleeps.
 * @throws Error of the system.
 */
export function fileSink(path: string): Sink {
  return descriptorSink(openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, OWNER_WRITES_GROUP_READS))
}

/**
 * Standard output. Node writes to a pipe without waiting for it, but to a file it would wait: that one is written to
 * by descriptor. (By descriptor a full pipe would keep a thread of the pool, and with it the end of the process.)
 */
export function stdoutSink(stdout: Writable & { readonly fd: number }): Sink {
  if (fstatSync(stdout.fd).isFile()) return descriptorSink(stdout.fd)
  return (bytes, done) => void stdout.write(bytes, (error) => done(error ?? null, bytes.length))
}

function descriptorSink(fd: number): Sink {
  return (bytes, done) => write(fd, bytes, 0, bytes.length, null, done)
}
