/** Each way to the server of conversations: straight, and through a proxy by every protocol it has. */
import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { eventually, TestProxy } from '../proxy/harness.ts'
import { certificateFor, httpsSpec } from '../proxy/tls-world.ts'
import { type ClientSide, converse, type Open, overHttp1, overHttp2 } from './client.ts'
import type { Conversation } from './conversation.ts'
import { ConversationServer, type ServerSide } from './server.ts'

/** Both ends of one conversation. */
interface Transcript {
  readonly client: ClientSide
  readonly server: ServerSide
}

/** A way, up to its server. */
export interface Way {
  readonly open: Open
  readonly server: ConversationServer
  /** What paths begin with. */
  readonly prefix: string
}

const AT_ONCE = 24
/** No conversation takes more than a few milliseconds by itself. */
const PATIENCE_MS = 60_000

/** Both ends go through each of them. @returns the transcripts, in the same order. */
async function holdAll(way: Way, conversations: readonly Conversation[]): Promise<Transcript[]> {
  const transcripts: Transcript[] = []
  for (let at = 0; at < conversations.length; at += AT_ONCE) {
    const some = conversations.slice(at, at + AT_ONCE)
    const held = some.map((each, i) => inTime(each.name, hold(way, `${way.prefix}/${at + i}`, each)))
    transcripts.push(...(await Promise.all(held)))
  }
  return transcripts
}

async function hold({ open, server }: Way, path: string, conversation: Conversation): Promise<Transcript> {
  const heard = server.at(path, conversation)
  const client = await converse(open, path, conversation)
  return { client, server: await heard }
}

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no end: ${what}`)), PATIENCE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const HALF_OPEN = { host: '127.0.0.1', allowHalfOpen: true, noDelay: true } as const

function tracked(t: TestContext, socket: Socket): Socket {
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  return socket
}

const plain = (t: TestContext, port: number): Open => overHttp1(() => tracked(t, connect({ ...HALF_OPEN, port })))

const encrypted = (t: TestContext, port: number): Open =>
  overHttp1(() =>
    tracked(t, connectTls({ ...HALF_OPEN, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })),
  )

async function multiplexed(t: TestContext, origin: string): Promise<Open> {
  // In MB: what is written waits in the session, and Node refuses streams beyond that by itself.
  const session = connectHttp2(origin, { rejectUnauthorized: false, maxSessionMemory: 1_000 })
  session.on('error', () => {})
  t.after(() => session.destroy())
  await eventually('settings', () => session.remoteSettings?.enableConnectProtocol)
  return overHttp2(session)
}

/** Where something listens on 127.0.0.1. */
export interface Ports {
  readonly port: number
  readonly httpsPort: number
}

export const straight = (t: TestContext, server: ConversationServer): Way => {
  return { open: plain(t, server.port), server, prefix: '/ws' }
}

/** By every protocol that a proxy has for its clients. */
export async function waysThrough(
  t: TestContext,
  server: ConversationServer,
  { port, httpsPort }: Ports,
): Promise<Readonly<Record<string, Way>>> {
  const over = (open: Open): Way => ({ open, server, prefix: '/ws' })
  return {
    'HTTP/1.1': over(plain(t, port)),
    'HTTP/1.1 and TLS': over(encrypted(t, httpsPort)),
    'HTTP/2': over(await multiplexed(t, `http://127.0.0.1:${port}`)),
    'HTTP/2 and TLS': over(await multiplexed(t, `https://127.0.0.1:${httpsPort}`)),
  }
}

const NAME = 'web.shop.svc'

/** @returns the way without a proxy, and all of those with one. */
export async function startWays(t: TestContext) {
  const server = await new ConversationServer().listen(t)
  const secret = certificateFor([NAME])
  const secretServer = await new ConversationServer(secret).listen(t)
  const tls = { serverName: NAME, trust: { ca: secret.chain } } as const
  const https = await httpsSpec()
  const proxy = new TestProxy(t).route().endpoints([server])
  proxy.route({ path: '/tls', cluster: 'shop/tls:443' }).endpoints([secretServer], 'shop/tls:443')
  await proxy.cluster({ tls }, 'shop/tls:443').apply().listen(https)
  const through = await waysThrough(t, server, { port: proxy.port, httpsPort: https.port })
  const both: Way = { open: encrypted(t, https.port), server: secretServer, prefix: '/tls' }
  return { direct: straight(t, server), through: { ...through, 'TLS at both ends': both } }
}

/** Holds the conversations once without a proxy and once by each way: both ends have to hear the same. */
export async function compare(
  t: TestContext,
  { direct, through }: { readonly direct: Way; readonly through: Readonly<Record<string, Way>> },
  conversations: readonly Conversation[],
): Promise<void> {
  const without = await holdAll(direct, conversations)
  await t.test(`${conversations.length} conversations end as they should without it`, () => {
    assert.equal(new Set(conversations.map(({ name }) => name)).size, conversations.length)
    for (const [i, { name, code }] of conversations.entries()) assert.equal(without[i]!.client.code, code, name)
  })
  for (const [by, way] of Object.entries(through)) {
    await t.test(`${conversations.length} conversations by ${by}`, async () => {
      const held = await holdAll(way, conversations)
      for (const [i, { name }] of conversations.entries()) assert.deepEqual(held[i], without[i], name)
    })
  }
}
