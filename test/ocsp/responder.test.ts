/** How a responder is asked over HTTP, and that one that misbehaves costs nobody more than a moment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { httpResponder } from '../../src/controller/ocsp/responder.ts'
import { FakeClock } from '../../src/lib/clock.ts'

async function responding(t: TestContext, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const clock = new FakeClock()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ocsp`
  return { clock, server, ask: () => httpResponder(clock)(url, Buffer.from('question')) }
}

test('a question is posted, and the answer is what comes back', async (t) => {
  const asked: IncomingMessage[] = []
  const { ask } = await responding(t, (request, response) => {
    asked.push(request)
    request.pipe(response)
  })
  assert.equal(String(await ask()), 'question')
  const [{ method, url, headers }] = asked as [IncomingMessage]
  assert.deepEqual([method, url, headers['content-type']], ['POST', '/ocsp', 'application/ocsp-request'])
})

for (const { what, listener, reason } of [
  {
    what: 'another status',
    listener: (_, response) => response.writeHead(302, { location: '/' }).end(),
    reason: /302/,
  },
  { what: 'no end', listener: (_, response) => response.end(Buffer.alloc(1 << 20)), reason: /longer than/ },
  {
    what: 'half an answer',
    listener: (_, response) => void response.write('x', () => response.destroy()),
    reason: /./,
  },
] satisfies readonly { what: string; listener: RequestListener; reason: RegExp }[]) {
  test(`one that answers with ${what} has not answered`, async (t) => {
    const { ask } = await responding(t, listener)
    await assert.rejects(ask(), reason)
  })
}

test('one that says nothing is waited for no longer than ten seconds', async (t) => {
  const { ask, clock, server } = await responding(t, () => {})
  const asked = ask()
  await once(server, 'request')
  clock.advance(9_999)
  clock.advance(1)
  await assert.rejects(asked, /no answer within 10 s/)
})
