/** A client and a server of @grpc/grpc-js with the proxy between them; messages are bytes, so that nothing is compiled. */

import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import {
  type Client,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import { type RouteOptions, TestProxy } from './harness.ts'

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

export async function grpcServer(t: TestContext, handlers: Handlers, options: ServerOptions = {}) {
  const server = new Server({ ...LIMITS, ...options })
  const all = { Unary: unserved, Upload: unserved, Download: unserved, Both: unserved, ...handlers }
  server.addService(SERVICE, all as never)
  const bind = promisify(server.bindAsync.bind(server))
  const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure())
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
