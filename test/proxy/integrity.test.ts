/** Many bodies at once, up and down at the same time, with stops everywhere: each arrives whole where it belongs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { Backend, eventually, type Peer, TestProxy, turn } from './harness.ts'
import { parseMessage } from './message.ts'

const CLIENTS = 12
const REQUESTS = 25
const SHORTEST_HEAD = 60

/** Sends back what comes, while it comes, in the framing it came in. */
function echo(peer: Peer, random: Random): void {
  let head = ''
  let left = 0
  const relay = (bytes: Buffer): void => {
    peer.socket.write(bytes)
    left -= bytes.length
    if (left === 0) head = ''
  }
  peer.onBytes = (chunk) => {
    if (random() < 0.2) stop(peer, random)
    for (let at = 0; at < chunk.length; ) {
      if (head === '') {
        const end = chunk.indexOf('\r\n\r\n', at)
        // The test sends heads in one piece, and the proxy has no reason to cut them.
        assert.ok(end >= 0)
        head = chunk.toString('latin1', at, end + 4)
        at = end + 4
        left = Number(/content-length: (\d+)/i.exec(head)![1])
        peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${left}\r\n\r\n`)
        if (left === 0) head = ''
      } else {
        const bytes = chunk.subarray(at, at + left)
        at += bytes.length
        relay(bytes)
      }
    }
  }
}

/** Reads nothing for some turns of the event loop. */
async function stop(peer: Peer, random: Random): Promise<void> {
  peer.socket.pause()
  for (let i = 0; i < random() * 20; i++) await turn()
  peer.socket.resume()
}

function anyBody(random: Random): Buffer {
  const length = random() < 0.3 ? Math.floor(random() * 100) : Math.floor(random() * 300_000)
  const body = Buffer.alloc(length)
  for (let at = 0; at < length; at++) body[at] = Math.floor(random() * 256)
  return body
}

async function converse(proxy: TestProxy, random: Random): Promise<void> {
  let client = await proxy.connect()
  for (let i = 0; i < REQUESTS; i++) {
    const body = anyBody(random)
    const pieces: Buffer[] = []
    let received = 0
    client.text = ''
    client.onBytes = (chunk) => {
      pieces.push(chunk)
      received += chunk.length
    }
    client.socket.cork()
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`)
    const cut = Math.floor(random() * body.length)
    client.socket.write(body.subarray(0, cut))
    client.socket.uncork()
    if (random() < 0.3) await stop(client, random)
    else await turn()
    client.socket.write(body.subarray(cut))
    const answer = await eventually('the whole answer', () => {
      if (received < body.length + SHORTEST_HEAD) return undefined
      return parseMessage(Buffer.concat(pieces).toString('latin1'), { ended: false, bodyless: false })
    })
    assert.equal(answer.bytes, received)
    assert.ok(Buffer.from(answer.body, 'latin1').equals(body), `request ${i} with ${body.length} bytes`)
    // Where the answer began before the request was over, its connection ends.
    if (answer.fields.get('connection') !== 'close') continue
    client.end()
    client = await proxy.connect()
  }
}

for (const seed of [1, 2]) {
  test(`bodies do not mix, and lose nothing (seed ${seed})`, async (t) => {
    const random = seededRandom(seed)
    const backend = await new Backend().listen(t)
    backend.onConnection = (peer) => echo(peer, random)
    const proxy = await new TestProxy(t).route().endpoints([backend]).apply().listen()
    await Promise.all(Array.from({ length: CLIENTS }, () => converse(proxy, random)))
    assert.equal(proxy.log.length, CLIENTS * REQUESTS)
    assert.deepEqual(new Set(proxy.log.map(({ fault }) => fault)), new Set([undefined]))
  })
}
