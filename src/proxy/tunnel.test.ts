import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { Output } from './output.ts'
import { TunnelSide } from './tunnel.ts'

/** One side over a socket that is clear or not, as told. */
function newSide() {
  const log: string[] = []
  let clear = true
  let waiting: (() => void) | undefined
  const socket = { end: () => log.push('end'), resume: () => log.push('resume') } as unknown as Socket
  const output = {
    bytes: (buffer: Buffer, start: number, end: number) => log.push(`sent ${buffer.toString('latin1', start, end)}`),
    flush: () => clear,
    whenClear: (run: () => void) => {
      waiting = run
    },
  } as unknown as Output
  const side = new TunnelSide({
    socket,
    output,
    touch: () => log.push('touch'),
    destroy: () => log.push('destroy'),
  })
  return {
    side,
    log,
    block: () => {
      clear = false
    },
    drain: () => {
      clear = true
      waiting?.()
    },
  }
}

function newTunnel() {
  const [client, endpoint] = [newSide(), newSide()]
  client.side.join(endpoint.side)
  endpoint.side.join(client.side)
  return { client, endpoint }
}

test('bytes that arrive on one side leave on the other', () => {
  const { client, endpoint } = newTunnel()
  assert.equal(client.side.received(Buffer.from('..ping..'), 2, 6), true)
  assert.deepEqual(endpoint.log, ['touch', 'sent ping'])
  assert.deepEqual(client.log, ['touch'])
})

test('a side that cannot take more stops the other one, until it can', () => {
  const { client, endpoint } = newTunnel()
  endpoint.block()
  assert.equal(client.side.received(Buffer.from('ping'), 0, 4), false)
  assert.ok(!client.log.includes('resume'))
  endpoint.drain()
  assert.ok(client.log.includes('resume'))
})

test('the end of one side ends the sending of the other, nothing more', () => {
  const { client, endpoint } = newTunnel()
  client.side.ended()
  assert.deepEqual(endpoint.log, ['end'])
  const before = client.log.join()
  assert.equal(before, '')
  endpoint.side.received(Buffer.from('pong'), 0, 4)
  assert.ok(client.log.includes('sent pong'))
})

test('a side that is over takes the other one with it', () => {
  const { client, endpoint } = newTunnel()
  client.side.close()
  assert.deepEqual([client.log, endpoint.log], [['destroy'], ['destroy']])
})
