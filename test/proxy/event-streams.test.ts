/** Event streams: each event is at the client before the next one is sent, by every protocol and however it is framed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODINGS } from '../../src/model/compression.ts'
import type { FilterSpec } from '../../src/model/filter.ts'
import { bodyOf, H2Backend } from './h2-backend.ts'
import { overBoth } from './h2-client.ts'
import { eventually, get, type Peer, startWorld, TestProxy } from './harness.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n'
const EVENTS = Array.from({ length: 5 }, (_, n) => `id: ${n}\ndata: ${'x'.repeat(n * 300)}\n\n`)
/** It would hold events back, if it had them. */
const COMPRESSION: FilterSpec = { kind: 'compression', codings: CODINGS, types: ['text/*'], minBytes: 1 }

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** How an endpoint frames them: the head, an event, the end. */
const FRAMINGS = {
  'in chunks': [`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, chunk, (peer: Peer) => peer.send('0\r\n\r\n')],
  'to the end of the connection': [`${HEAD}\r\n`, (text: string) => text, (peer: Peer) => peer.end()],
} as const

for (const [framing, [head, event, end]] of Object.entries(FRAMINGS)) {
  overBoth(
    `HTTP/2, ${framing}`,
    async ({ backend, client }) => {
      const answer = client.ask({ headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip, br' } })
      const peer = await backend.accept()
      await peer.message()
      peer.send(head)
      await answer.head()
      let all = ''
      for (const each of EVENTS) {
        all += each
        peer.send(event(each))
        await eventually('an event', () => answer.body === all)
      }
      end(peer)
      assert.equal((await answer.whole()).error, undefined)
      assert.equal(answer.headers!['content-encoding'], undefined)
    },
    { filters: [COMPRESSION] },
  )

  test(`HTTP/1.1, ${framing}`, async (t) => {
    const { backend, client } = await startWorld(t, { filters: [COMPRESSION] })
    client.send(get('/', 'Accept: text/event-stream', 'Accept-Encoding: gzip'))
    const peer = await backend.accept()
    await peer.message()
    peer.send(head)
    await client.take('\r\n\r\n')
    for (const each of EVENTS) {
      peer.send(event(each))
      await client.take(each)
    }
    end(peer)
    await client.take('0\r\n\r\n')
  })
}

test('from an endpoint of HTTP/2', async (t) => {
  const backend = await new H2Backend().listen(t)
  const proxy = new TestProxy(t)
    .route({ filters: [COMPRESSION] })
    .endpoints([backend])
    .cluster({ protocol: 'h2' })
  await proxy.apply().listen()
  const client = await proxy.connect()
  let send = (_event: string): void => {}
  backend.handler = async (stream) => {
    await bodyOf(stream)
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })
    send = (event) => stream.write(event)
  }
  client.send(get('/', 'Accept-Encoding: gzip'))
  await client.take('\r\n\r\n')
  for (const each of EVENTS) {
    send(each)
    await client.take(each)
  }
})
