/** A client, the proxy and an endpoint that speaks HTTP/2. */
import type { TestContext } from 'node:test'
import { H2Backend, type H2BackendOptions } from './h2-backend.ts'
import { type RouteOptions, TestProxy } from './harness.ts'
import { certificateFor } from './tls-world.ts'

const NAME = 'web.shop.svc'
export const GOOD = certificateFor([NAME])
export const TLS = { serverName: NAME, trust: { ca: GOOD.chain } } as const

interface World extends RouteOptions {
  readonly backend?: H2BackendOptions
}

export async function startH2(t: TestContext, { backend: options = {}, ...route }: World = {}) {
  const backend = await new H2Backend(options).listen(t)
  const proxy = new TestProxy(t).route(route).endpoints([backend])
  proxy.cluster({ protocol: 'h2', ...(options.tls && { tls: TLS }) })
  await proxy.apply().listen()
  return { backend, proxy, client: await proxy.connect() }
}
