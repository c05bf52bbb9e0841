/** What can be seen on the admin port. */
import type { Problem } from '../model/problem.ts'
import type { RouteSpec } from '../model/route.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { Explanation } from '../model/value.ts'
import type { Metrics } from './metrics.ts'
import { routesView } from './routes-view.ts'
import { json, type Pages, text } from './server.ts'

export interface PagesSpec {
  /** Why no traffic should come here; `undefined` where it should. */
  readonly notReady: () => string | undefined
  readonly metrics: Metrics
  readonly snapshot: () => Snapshot
  readonly problems: () => readonly Problem[]
  /** What is known of endpoints at the moment, by cluster. */
  readonly endpoints: () => object
  /** The rollouts of canaries, by policy. */
  readonly canaries: () => object
  /** Whom limits refuse, by limit. */
  readonly limits: () => Promise<object>
  /** The values that hold for a route, and for the whole process, each with its origin. */
  readonly explainRoute: (route: RouteSpec) => Explanation
  readonly explainConfig: () => Explanation
}

export function adminPages({
  notReady,
  metrics,
  snapshot,
  problems,
  endpoints,
  canaries,
  limits,
  ...spec
}: PagesSpec): Pages {
  return {
    '/healthz': () => text(200, 'ok'),
    '/readyz': () => {
      const reason = notReady()
      return reason === undefined ? text(200, 'ready') : text(503, `not ready: ${reason}`)
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
    '/debug/routes': () => json(routesView(snapshot(), spec.explainRoute)),
    '/debug/endpoints': () => json(endpoints()),
    '/debug/canaries': () => json(canaries()),
    '/debug/limits': async () => json(await limits()),
    '/debug/config': () => json(spec.explainConfig()),
    '/debug/problems': () => json(problems()),
  }
}
