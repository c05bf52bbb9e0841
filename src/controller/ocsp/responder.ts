/** Asks a responder over HTTP (RFC 6960 appendix A). Where it is asked is what a certificate says: see docs/tls.md. */
import { Buffer } from 'node:buffer'
import { type IncomingMessage, request } from 'node:http'
import type { Clock } from '../../lib/clock.ts'

/** @returns the answer in DER. Rejects where there is none, with the reason in words. */
export type AskResponder = (url: string, question: Buffer) => Promise<Buffer>

/** For all of it. */
const TIMEOUT_MS = 10_000
/** It goes into every handshake; those of public authorities have 500 to 2 000 bytes. */
const MOST_BYTES = 16 * 1024

/** Follows no redirects, and tells nobody what else was answered. */
export function httpResponder(clock: Clock): AskResponder {
  return (url, question) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/ocsp-request',
        accept: 'application/ocsp-response',
        'content-length': question.length,
      }
      const sent = request(url, { method: 'POST', agent: false, headers })
      const fail = (reason: string): void => {
        reject(new Error(reason))
        sent.destroy()
      }
      const cancel = clock.after(TIMEOUT_MS, () => fail(`no answer within ${TIMEOUT_MS / 1000} s`))
      sent.once('close', cancel)
      sent.on('error', (error) => fail(error.message))
      sent.once('response', (response) => take(response, resolve, fail))
      sent.end(question)
    })
}

function take(response: IncomingMessage, resolve: (answer: Buffer) => void, fail: (reason: string) => void): void {
  if (response.statusCode !== 200) return fail(`it answers with status ${response.statusCode}`)
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_BYTES) fail(`its answer is longer than ${MOST_BYTES} bytes`)
  })
  response.on('error', (error) => fail(error.message))
  response.on('end', () => resolve(Buffer.concat(chunks)))
}
