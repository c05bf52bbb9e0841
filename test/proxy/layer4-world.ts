/** A proxy with ports of TCP and UDP services, and what stands behind them and in front of them. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import type { ClusterName } from '../../src/model/cluster.ts'
import { type Layer4PortSpec, type Layer4Protocol, layer4PortName } from '../../src/model/layer4-port.ts'
import { eventually, TestProxy } from './harness.ts'

export const CLUSTER = 'data/db:5432/tcp' as ClusterName

export function layer4Port(protocol: Layer4Protocol, port: number, more: Partial<Layer4PortSpec> = {}): Layer4PortSpec {
  return {
    ...{ protocol, port, cluster: CLUSTER, isIntroduced: false, connectMs: 5000, proxyProtocol: 'off' as const },
    origin: { kind: 'ConfigMap', namespace: 'edge', name: 'tcp' },
    ...more,
  }
}

/** A port that is free now; somebody else may be quicker. */
async function freePort(protocol: Layer4Protocol): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  if (protocol === 'UDP') {
    const socket = createSocket('udp4').once('error', reject)
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  } else {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address!.port : 0))
    })
  }
  return promise
}

/** Asks for a port in addition to these, and has it opened; another one where somebody was quicker. */
export async function openPort(
  proxy: TestProxy,
  protocol: Layer4Protocol,
  { beside = [], ...more }: Partial<Layer4PortSpec> & { readonly beside?: readonly Layer4PortSpec[] } = {},
): Promise<Layer4PortSpec> {
  for (;;) {
    const spec = layer4Port(protocol, await freePort(protocol), more)
    proxy.layer4Port(spec).apply()
    const names = [...beside, spec].map(layer4PortName)
    const failures = await proxy.plane.openPorts(names)
    if (failures.length === 0) return spec
    proxy.closeLayer4Port(spec).apply()
  }
}

export async function startProxy(t: TestContext): Promise<TestProxy> {
  return new TestProxy(t).apply().listen()
}

/** One end of datagrams. */
export class UdpPeer {
  readonly socket: Socket
  readonly address = '127.0.0.1'
  port = 0
  /** What came, as text, and from where. */
  readonly received: string[] = []
  readonly from: RemoteInfo[] = []
  #closed = false
  /** Answers each datagram, where there is something to say. */
  answer: ((text: string) => string) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('message', (datagram, from) => {
      this.received.push(datagram.toString())
      this.from.push(from)
      if (this.answer !== undefined) socket.send(this.answer(datagram.toString()), from.port, from.address)
    })
  }

  static async bind(t: TestContext): Promise<UdpPeer> {
    const peer = new UdpPeer(createSocket('udp4'))
    t.after(() => peer.close())
    await new Promise<void>((resolve) => peer.socket.bind(0, '127.0.0.1', resolve))
    peer.port = peer.socket.address().port
    return peer
  }

  /** One that says who it is. */
  static async echo(t: TestContext, name: string): Promise<UdpPeer> {
    const peer = await UdpPeer.bind(t)
    peer.answer = (text) => `${name}: ${text}`
    return peer
  }

  send(text: string, port: number): void {
    this.socket.send(text, port, '127.0.0.1')
  }

  /** Sends something and waits for the next thing that comes. */
  async ask(text: string, port: number): Promise<string> {
    const before = this.received.length
    this.send(text, port)
    return eventually(`an answer to ${text}`, () => this.received[before])
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.socket.close()
  }
}
