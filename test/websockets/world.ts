/** Each way to the server of conversations: straight, and through a proxy by every protocol it has. */
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
export interface Transcript {
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
export async function holdAll(way: Way, conversations: readonly Conversation[]): Promise<Transcript[]> {
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
  const session = connectHttp2(origin, { rejectUnauthorized: false })
  session.on('error', () => {})
  t.after(() => session.destroy())
  await eventually('settings', () => session.remoteSettings?.enableConnectProtocol)
  return overHttp2(session)
}

const NAME = 'web.shop.svc'

/** @returns the way without a proxy, and all of those with one. */
export async function startWays(t: TestContext) {
  const server = await new ConversationServer().listen(t)
  const secret = certificateFor([NAME])
  const secretServer = await new ConversationServer(secret).listen(t)
  const tls = { serverName: NAME, trust: { ca: secret.chain } } as const
  const https = await httpsSpec()
  const proxy = new TestProxy(t).route().endpoints([server]).cluster({})
  proxy.route({ path: '/tls', cluster: 'shop/tls:443' }).endpoints([secretServer], 'shop/tls:443')
  await proxy.cluster({ tls }, 'shop/tls:443').apply().listen(https)
  const over = (open: Open): Way => ({ open, server, prefix: '/ws' })
  const through: Readonly<Record<string, Way>> = {
    'HTTP/1.1': over(plain(t, proxy.port)),
    'HTTP/1.1 and TLS': over(encrypted(t, https.port)),
    'HTTP/2': over(await multiplexed(t, `http://127.0.0.1:${proxy.port}`)),
    'HTTP/2 and TLS': over(await multiplexed(t, `https://127.0.0.1:${https.port}`)),
    'TLS at both ends': { open: encrypted(t, https.port), server: secretServer, prefix: '/tls' },
  }
  return { direct: over(plain(t, server.port)), through, proxy }
}
