/** A client that behaves: one request after the other, by turns on a kept connection and on a new one. */
import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** Far beyond what anybody should wait; it becomes a failure in the record. */
const TIMEOUT_MS = 5_000

export interface Experience {
  readonly requests: number
  /** What went wrong, each time it did: a status that is not 200, or the error of the socket. */
  readonly failures: readonly string[]
  readonly p99Ms: number
}

/** Keeps asking until told to stop, with a pause after each answer; resolves with what it went through. */
export async function goodClient(port: number, stop: AbortSignal, pauseMs: number): Promise<Experience> {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const durations: number[] = []
  const failures: string[] = []
  while (!stop.aborted) {
    const started = performance.now()
    const outcome = await request(port, durations.length % 2 === 0 ? kept : false)
    durations.push(performance.now() - started)
    if (outcome !== '200') failures.push(outcome)
    await pause(pauseMs)
  }
  kept.destroy()
  durations.sort((a, b) => a - b)
  return { requests: durations.length, failures, p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0 }
}

function request(port: number, agent: Agent | false): Promise<string> {
  return new Promise((resolve) => {
    const sent = get({ host: '127.0.0.1', port, path: '/67', agent, timeout: TIMEOUT_MS }, (response) => {
      response.resume()
      response.once('error', (error) => resolve(error.message))
      response.once('end', () => resolve(`${response.statusCode}`))
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    sent.once('error', (error) => resolve(error.message))
  })
}
