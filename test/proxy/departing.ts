/** Endpoints that are told to end, and long streams from them. */
import type { TestContext } from 'node:test'
import { type Backend, get, type Peer, startWorld, type TestProxy } from './harness.ts'
import { openWebSocket } from './websocket.ts'

export const GRACE_MS = 30_000
/** Long streams that can end well have done so by then. */
export const SPREAD_MS = 24_000

/** A proxy with a WebSocket to a backend. */
export async function startWebSocket(t: TestContext) {
  const { proxy, backend } = await startWorld(t)
  return { proxy, backend, ...(await openWebSocket(proxy, backend)) }
}

/** The Pod was told to end. */
export function leave(proxy: TestProxy, { address, port }: Backend, graceMs = GRACE_MS): void {
  proxy.endpoints([{ address, port, state: 'draining', graceMs }]).apply()
}

/** An answer in chunks whose head is on its way. */
export async function stream(client: Peer, backend: Backend, ...fields: readonly string[]): Promise<Peer> {
  client.send(get('/stream'))
  const endpoint = await backend.accept()
  await endpoint.message()
  endpoint.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${fields.map((each) => `${each}\r\n`).join('')}\r\n`)
  return endpoint
}

export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
export const EVENTS = 'Content-Type: text/event-stream'
