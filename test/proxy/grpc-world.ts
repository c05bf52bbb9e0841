/** A client and a server of @grpc/grpc-js with the proxy between them; messages are bytes, so that nothing is compiled. */
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import {
  type CallOptions,
  type Client,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js'
import type { KeyedCertificate } from '../../src/lib/self-signed.ts'
import { type RouteOptions, TestProxy } from './harness.ts'
import { certificateFor, FALLBACK, httpsSpec } from './tls-world.ts'

const same = (bytes: Buffer): Buffer => bytes

function method(name: string, requestStream: boolean, responseStream: boolean) {
  const path = `/test.Echo/${name}`
  const codec = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  }
  return { path, originalName: name, requestStream, responseStream, ...codec }
}

const SERVICE = {
  Unary: method('Unary', false, false),
  Upload: method('Upload', true, false),
  Download: method('Download', false, true),
  Both: method('Both', true, true),
} satisfies ServiceDefinition

/** What the server does; each may be left out. */
export interface Handlers {
  readonly Unary?: handleUnaryCall<Buffer, Buffer>
  readonly Upload?: handleClientStreamingCall<Buffer, Buffer>
  readonly Download?: handleServerStreamingCall<Buffer, Buffer>
  readonly Both?: handleBidiStreamingCall<Buffer, Buffer>
}

const MOST_BYTES = 32 * 1024 * 1024
const LIMITS = {
  'grpc.max_receive_message_length': MOST_BYTES,
  'grpc.max_send_message_length': MOST_BYTES,
  // What fails is to be seen, and not sent again by the library.
  'grpc.enable_retries': 0,
} as const

const EchoClient = makeClientConstructor(SERVICE, 'Echo')

/** The calls that such a client has, by the names of the methods. */
// biome-ignore lint/suspicious/noExplicitAny: the library makes the methods of a client at run time.
export type EchoClient = Client & Record<string, any>

/** @param shown what it is known by, where it speaks TLS. */
export async function grpcServer(
  t: TestContext,
  handlers: Handlers,
  options: ServerOptions = {},
  shown?: KeyedCertificate,
) {
  const server = new Server({ ...LIMITS, ...options })
  const all = { Unary: unserved, Upload: unserved, Download: unserved, Both: unserved, ...handlers }
  server.addService(SERVICE, all as never)
  const bind = promisify(server.bindAsync.bind(server))
  const pair = shown && { private_key: Buffer.from(shown.key), cert_chain: Buffer.from(shown.chain) }
  const secret = pair ? ServerCredentials.createSsl(null, [pair]) : ServerCredentials.createInsecure()
  const port = await bind('127.0.0.1:0', secret)
  t.after(() => server.forceShutdown())
  return { server, address: '127.0.0.1', port }
}

function unserved(): never {
  throw new Error('nobody should ask for this')
}

export async function startGrpc(
  t: TestContext,
  handlers: Handlers,
  options: RouteOptions & { server?: ServerOptions } = {},
) {
  const { server: serverOptions, ...route } = options
  const backend = await grpcServer(t, handlers, serverOptions)
  const proxy = new TestProxy(t).route(route).endpoints([backend]).cluster({ protocol: 'h2' })
  await proxy.apply().listen()
  return { backend, proxy, client: grpcClient(t, proxy.port) }
}

export function grpcClient(t: TestContext, port: number): EchoClient {
  const client = new EchoClient(`127.0.0.1:${port}`, credentials.createInsecure(), LIMITS)
  t.after(() => client.close())
  return client as unknown as EchoClient
}

/** Which of the two ways is encrypted. */
export interface Encrypted {
  readonly client: boolean
  readonly server: boolean
}

const NAME = 'web.shop.svc'
const SERVER = certificateFor([NAME])

export async function startEncryptedGrpc(t: TestContext, handlers: Handlers, encrypted: Encrypted) {
  const backend = await grpcServer(t, handlers, {}, encrypted.server ? SERVER : undefined)
  const tls = encrypted.server ? { tls: { serverName: NAME, trust: { ca: SERVER.chain } } } : {}
  const https = await httpsSpec()
  const proxy = new TestProxy(t)
    .route()
    .endpoints([backend])
    .cluster({ protocol: 'h2', ...tls })
  await proxy.apply().listen(https)
  if (!encrypted.client) return { proxy, client: grpcClient(t, proxy.port) }
  const named = { ...LIMITS, 'grpc.ssl_target_name_override': 'fallback.test' }
  const client = new EchoClient(`127.0.0.1:${https.port}`, credentials.createSsl(Buffer.from(FALLBACK.chain)), named)
  t.after(() => client.close())
  return { proxy, client: client as unknown as EchoClient }
}

export interface Outcome {
  readonly error: ServiceError | null
  readonly answer: Buffer | undefined
}

export function unary(
  client: EchoClient,
  message: Buffer,
  metadata = new Metadata(),
  options: CallOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) =>
    client.Unary(message, metadata, options, (error: ServiceError | null, answer?: Buffer) =>
      resolve({ error, answer }),
    ),
  )
}

/** How a call ends, whatever it is. */
export function statusOf(call: NodeJS.EventEmitter): Promise<StatusObject> {
  call.on('error', () => {})
  return new Promise((resolve) => call.once('status', resolve))
}
