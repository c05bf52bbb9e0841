/**
 * A set of conversations like that of the Autobahn project: a proxy in between changes nothing of any of them. Each one
 * is held without it and, by every protocol, with it; both ends have to have heard the same, byte for byte.
 */
import { test } from 'node:test'
import { CLOSING } from './cases/closing.ts'
import { COMPRESSION } from './cases/compression.ts'
import { CONTROL } from './cases/control.ts'
import { FRAMING } from './cases/framing.ts'
import { SERVER } from './cases/server.ts'
import { TEXT } from './cases/text.ts'
import { compare, startWays } from './world.ts'

const SETS = {
  framing: FRAMING,
  control: CONTROL,
  text: TEXT,
  closing: CLOSING,
  server: SERVER,
  compression: COMPRESSION,
}

test('a proxy in between changes nothing of a WebSocket', async (t) => {
  const ways = await startWays(t)
  for (const [set, conversations] of Object.entries(SETS)) {
    await t.test(set, (each) => compare(each, ways, conversations))
  }
})
