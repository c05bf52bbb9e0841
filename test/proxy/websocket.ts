/** A few WebSockets through the proxy, frame by frame. */
import assert from 'node:assert/strict'
import { acceptOf } from '../../src/proxy/websocket/agreement.ts'
import { type Backend, get, type Peer, type TestProxy } from './harness.ts'
import type { Message } from './message.ts'

export const UPGRADE = get('/ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x')
export const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** As an endpoint switches that has read the request. */
export function switchedFor({ fields }: Message): string {
  const accept = acceptOf(fields.get('sec-websocket-key') ?? '')
  return SWITCHED.replace(/\r\n$/, `Sec-WebSocket-Accept: ${accept}\r\n\r\n`)
}

/** 1001, as a client reads it. */
export const GOING_AWAY = '\x88\x02\x03\xe9'
/** The same as a backend reads it, with its mask taken off. */
export const GOING_AWAY_MASKED = '\x88\x82'

export interface WebSocketEnds {
  readonly client: Peer
  readonly endpoint: Peer
}

export async function openWebSocket(proxy: TestProxy, backend: Backend): Promise<WebSocketEnds> {
  const client = await proxy.connect()
  client.send(UPGRADE)
  const endpoint = await backend.accept()
  await endpoint.message()
  endpoint.send(SWITCHED)
  assert.equal((await client.message()).status, 101)
  return { client, endpoint }
}

/** A text frame as a server sends it. */
export function frame(payload: string): string {
  return `\x81${lengthOf(payload, 0)}${payload}`
}

/** The same as a client sends it, with a mask of zeros. */
export function maskedFrame(payload: string): string {
  return `\x81${lengthOf(payload, 0x80)}\0\0\0\0${payload}`
}

function lengthOf({ length }: string, mask: number): string {
  if (length < 126) return String.fromCharCode(mask | length)
  return String.fromCharCode(mask | 126, length >> 8, length & 0xff)
}
