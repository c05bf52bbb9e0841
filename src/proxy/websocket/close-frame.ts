/** The close frame by which one end of a WebSocket takes its leave (RFC 6455 section 5.5.1). */
import type { Random } from '../../lib/random.ts'
import type { HeaderList } from '../headers.ts'

/** The endpoint goes away, as a server that goes down does (section 7.4.1). Clients connect again. */
const GOING_AWAY = 1001

/** FIN and the opcode of a close frame; a payload of two bytes, masked or not. */
const HEAD = 0x88
const LENGTH = 2
const MASKED = 0x80

/** Whether this is what a connection is upgraded to: the fields of a 101. */
export function isWebSocket(headers: HeaderList): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/** What a server says: not masked. Latin-1 text. */
export function closeToClient(): string {
  return bytes(HEAD, LENGTH, GOING_AWAY >> 8, GOING_AWAY & 0xff)
}

/**
 * What a client says: masked. The key keeps what an attacker chose from showing as it is on the wire (section 10.3);
 * nobody chooses these two bytes, so that any chance will do.
 */
export function closeToServer(random: Random): string {
  const key = Array.from({ length: 4 }, () => Math.floor(random() * 256))
  return bytes(HEAD, MASKED | LENGTH, ...key, (GOING_AWAY >> 8) ^ key[0]!, (GOING_AWAY & 0xff) ^ key[1]!)
}

function bytes(...values: readonly number[]): string {
  return String.fromCharCode(...values)
}
