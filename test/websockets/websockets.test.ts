/**
 * A set of conversations like that of the Autobahn project: a proxy in between changes nothing of any of them. Each one
 * is held without it and, by every protocol, with it; both ends have to have heard the same, byte for byte.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSING } from './cases/closing.ts'
import { COMPRESSION } from './cases/compression.ts'
import { CONTROL } from './cases/control.ts'
import { FRAMING } from './cases/framing.ts'
import { SERVER } from './cases/server.ts'
import { TEXT } from './cases/text.ts'
import { holdAll, startWays } from './world.ts'

const SETS = {
  framing: FRAMING,
  control: CONTROL,
  text: TEXT,
  closing: CLOSING,
  server: SERVER,
  compression: COMPRESSION,
}

test('a proxy in between changes nothing of a WebSocket', async (t) => {
  const { direct, through } = await startWays(t)
  for (const [set, conversations] of Object.entries(SETS)) {
    const without = await holdAll(direct, conversations)
    await t.test(`${set}: ${conversations.length} conversations end as they should without it`, () => {
      assert.equal(new Set(conversations.map(({ name }) => name)).size, conversations.length)
      for (const [i, { name, code }] of conversations.entries()) assert.equal(without[i]!.client.code, code, name)
    })
    for (const [by, way] of Object.entries(through)) {
      await t.test(`${set}: ${conversations.length} conversations by ${by}`, async () => {
        const held = await holdAll(way, conversations)
        for (const [i, { name }] of conversations.entries()) assert.deepEqual(held[i], without[i], name)
      })
    }
  }
})
