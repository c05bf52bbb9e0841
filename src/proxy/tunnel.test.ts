import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import type { Output } from './output.ts'
import { PARTING_MS, TunnelSide } from './tunnel.ts'

const IDLE_MS = 60_000
const CLOSE = '<close>'

/** One side over a socket that is clear or not, as told. */
function newSide(websocket: boolean) {
  const log: string[] = []
  let clear = true
  let waiting: (() => void) | undefined
  const socket = { end: () => log.push('end'), resume: () => log.push('resume') } as unknown as Socket
  const output = {
    text: (text: string) => log.push(text),
    bytes: (buffer: Buffer, start: number, end: number) => {
      if (end > start) log.push(`sent ${buffer.toString('latin1', start, end)}`)
    },
    flush: () => clear,
    whenClear: (run: () => void) => {
      waiting = run
    },
  } as unknown as Output
  const side = new TunnelSide({
    socket,
    output,
    expire: (ms) => log.push(`${ms}`),
    idleMs: () => IDLE_MS,
    destroy: () => log.push('destroy'),
    closeFrame: websocket ? () => CLOSE : undefined,
  })
  log.length = 0
  return {
    side,
    log,
    /** What happened since it was last asked. */
    news: () => log.splice(0),
    receive: (text: string) => side.received(Buffer.from(text, 'latin1'), 0, text.length),
    block: () => {
      clear = false
    },
    drain: () => {
      clear = true
      waiting?.()
    },
  }
}

function newTunnel({ websocket = false } = {}) {
  const [client, endpoint] = [newSide(websocket), newSide(websocket)]
  client.side.join(endpoint.side)
  endpoint.side.join(client.side)
  return { client, endpoint }
}

/** A text frame as an endpoint sends it. */
const frame = (payload: string): string => `\x81${String.fromCharCode(payload.length)}${payload}`
const CLOSE_OF_THE_OTHER_END = '\x88\x00'

test('bytes that arrive on one side leave on the other', () => {
  const { client, endpoint } = newTunnel()
  assert.equal(client.side.received(Buffer.from('..ping..'), 2, 6), true)
  assert.deepEqual(endpoint.news(), [`${IDLE_MS}`, 'sent ping'])
  assert.deepEqual(client.news(), [`${IDLE_MS}`])
})

test('a side that cannot take more stops the other one, until it can', () => {
  const { client, endpoint } = newTunnel()
  endpoint.block()
  assert.equal(client.receive('ping'), false)
  assert.ok(!client.log.includes('resume'))
  endpoint.drain()
  assert.ok(client.log.includes('resume'))
})

test('the end of one side ends the sending of the other, nothing more', () => {
  const { client, endpoint } = newTunnel()
  client.side.ended()
  assert.deepEqual(endpoint.news(), ['end'])
  assert.deepEqual(client.news(), [])
  endpoint.receive('pong')
  assert.ok(client.log.includes('sent pong'))
})

test('a side that is over takes the other one with it', () => {
  const { client, endpoint } = newTunnel()
  client.side.close()
  assert.deepEqual([client.news(), endpoint.news()], [['destroy'], ['destroy']])
})

test('a tunnel of an unknown protocol that has to go closes', () => {
  const { client, endpoint } = newTunnel()
  endpoint.side.goAway()
  assert.deepEqual([client.news(), endpoint.news()], [['destroy'], ['destroy']])
})

for (const asked of ['client', 'endpoint'] as const) {
  test(`a WebSocket between frames says so both ways at once, whichever side is asked (${asked})`, () => {
    const tunnel = newTunnel({ websocket: true })
    tunnel.endpoint.receive(frame('one'))
    tunnel.client.news()
    tunnel.endpoint.news()
    tunnel[asked].side.goAway()
    tunnel[asked].side.goAway()
    assert.deepEqual(tunnel.client.news(), [`${PARTING_MS}`, CLOSE])
    assert.deepEqual(tunnel.endpoint.news(), [`${PARTING_MS}`, CLOSE])
  })
}

test('in mid-frame the rest of it goes first, and nothing behind it', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  const bytes = frame('hello') + frame('dropped')
  endpoint.receive(bytes.slice(0, 4))
  client.news()
  client.side.goAway()
  assert.deepEqual(client.news(), [`${PARTING_MS}`])
  endpoint.receive(bytes.slice(4, 5))
  assert.deepEqual(client.news(), ['sent l'])
  endpoint.receive(bytes.slice(5))
  assert.deepEqual(client.news(), ['sent lo', CLOSE])
  endpoint.receive(frame('dropped, too'))
  assert.deepEqual(client.news(), [])
})

test('the answer to the close frame ends the connection that it came on', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  endpoint.side.goAway()
  client.news()
  endpoint.news()
  client.receive(frame('late') + CLOSE_OF_THE_OTHER_END)
  assert.deepEqual([client.news(), endpoint.news()], [['end'], []])
  endpoint.receive(CLOSE_OF_THE_OTHER_END)
  assert.deepEqual([client.news(), endpoint.news()], [[], ['end']])
})

test('while a tunnel leaves, the end of one connection leaves the other its moment', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  endpoint.side.goAway()
  client.news()
  endpoint.news()
  endpoint.side.close()
  assert.deepEqual([client.news(), endpoint.news()], [['end'], ['destroy']])
})

test('a frame whose rest will never come cannot be ended well', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  endpoint.receive(frame('hello').slice(0, 3))
  endpoint.side.goAway()
  client.news()
  endpoint.side.close()
  assert.deepEqual(client.news(), ['destroy'])
})

test('nothing is added to the close frame of one of the two ends', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  client.receive(CLOSE_OF_THE_OTHER_END)
  endpoint.news()
  endpoint.side.goAway()
  assert.deepEqual(endpoint.news(), [`${PARTING_MS}`])
  assert.deepEqual(client.news().slice(-1), [CLOSE])
})

test('who has sent its last byte is told, and closed', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  client.side.ended()
  endpoint.news()
  endpoint.side.goAway()
  assert.deepEqual(client.news(), [`${PARTING_MS}`, CLOSE, 'end'])
  assert.deepEqual(endpoint.news(), [`${PARTING_MS}`])
})

test('bytes that pass while it leaves buy no time', () => {
  const { client, endpoint } = newTunnel({ websocket: true })
  endpoint.receive(frame('hello').slice(0, 3))
  client.side.goAway()
  client.news()
  endpoint.news()
  endpoint.receive('ll')
  assert.deepEqual([client.news(), endpoint.news()], [['sent ll'], []])
})
