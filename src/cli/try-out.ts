/** Sends the requests of an example through the proxy until each is answered as it should be. */
import { request as send } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import type { ExampleRequest } from './example.ts'

export interface TryOutSpec {
  readonly clock: Clock
  /** Where the proxy listens. */
  readonly host: string
  readonly port: number
  readonly deadlineMs: number
}

const RETRY_MS = 100
const ANSWER_MS = 2_000
const OK = 200

/** @returns one line for each request that was not answered as expected before the deadline. */
export async function tryOut(requests: readonly ExampleRequest[], spec: TryOutSpec): Promise<string[]> {
  const deadline = spec.clock.now() + spec.deadlineMs
  const complaints: string[] = []
  for (const request of requests) {
    const expected = request.status ?? OK
    let got = await outcome(request, spec)
    while (got !== expected && spec.clock.now() < deadline) {
      await pause(spec.clock)
      got = await outcome(request, spec)
    }
    if (got !== expected) complaints.push(`${request.host ?? ''}${request.path}: expected ${expected}, got ${got}`)
  }
  return complaints
}

/** The status, or why there is none. */
function outcome({ method, host, path }: ExampleRequest, spec: TryOutSpec): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>()
  const headers = { connection: 'close', ...(host === undefined ? {} : { host }) }
  const request = send({ host: spec.host, port: spec.port, method: method ?? 'GET', path, headers })
  const cancel = spec.clock.after(ANSWER_MS, () => request.destroy(new Error('no answer in time')))
  request.on('response', (response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  })
  request.on('error', (error) => resolve(error.message))
  request.end()
  return promise.finally(cancel)
}

function pause(clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  clock.after(RETRY_MS, resolve)
  return promise
}
