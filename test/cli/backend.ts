/** A folder of manifests for one host, and a backend whose answers the test decides. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Served {
  readonly manifests: string
  readonly close: () => void
}

/** Serves `app.test` by `answer`. */
export async function serveBy(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Served> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const manifests = writeManifests('app.test', (server.address() as AddressInfo).port)
  return {
    manifests,
    close: () => {
      server.close()
      server.closeAllConnections()
      rmSync(manifests, { recursive: true })
    },
  }
}

/** A new folder of manifests that lead a host, or any for `*`, to a port on loopback. @returns its path. */
export function writeManifests(host: string, port: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  const items = objects(host, port)
  writeFileSync(join(folder, 'app.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return folder
}

function objects(host: string, port: number): object[] {
  const metadata = { name: 'app', namespace: 'app' }
  const backend = { service: { name: 'app', port: { number: 80 } } }
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'app' } },
      addressType: 'IPv4',
      ports: [{ port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: { rules: [host === '*' ? { http } : { host, http }] },
    },
  ]
}

export interface Answer {
  readonly status: number
  readonly connection: string | undefined
  readonly location: string | undefined
  readonly body: string
}

export interface Asked {
  readonly port: number
  readonly path?: string
  readonly host?: string
  readonly method?: string
  readonly body?: string
  /** Beside Host and Connection. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One request on a connection of its own that could be kept. */
export async function ask({
  port,
  path = '/',
  host = 'app.test',
  method = 'GET',
  body: sentBody,
  headers = {},
}: Asked): Promise<Answer> {
  const all = { host, connection: 'keep-alive', ...headers }
  const sent = request({ port, host: '127.0.0.1', path, method, headers: all })
  sent.end(sentBody)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let body = ''
  for await (const part of response.setEncoding('utf8')) body += part
  sent.destroy()
  const { connection, location } = response.headers
  return { status: response.statusCode ?? 0, connection, location, body }
}
