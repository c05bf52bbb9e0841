/** The values for the routes of one Ingress, which may depend on the Service that a route leads to. */
import type { RouteValues } from '../api/route-policy.ts'
import { type Effective, type Layer, overlay } from './layers.ts'
import type { Report } from './report.ts'

export class RouteRules {
  /** Where the route leads does not matter. */
  readonly any: Effective<RouteValues>
  readonly #weak: Effective<RouteValues>
  readonly #own: readonly (Layer<RouteValues> | undefined)[]

  constructor(weak: Effective<RouteValues>, own: readonly (Layer<RouteValues> | undefined)[]) {
    this.any = overlay(weak, ...own)
    this.#weak = weak
    this.#own = own
  }

  /** What is said of things that do not happen is told to who said it. */
  warnOfIdleOptions(report: Report): void {
    this.#warnOfIdleTimeouts(report)
    this.#warnOfIdleRetries(report)
  }

  #isOwn(path: keyof RouteValues): boolean {
    return this.#own.some((said) => said?.origins[path] !== undefined && said.origins[path] === this.any.origins[path])
  }

  #warnOfIdleRetries(report: Report): void {
    const { values, origins } = this.any
    if (values['retry.attempts'] > 0) return
    const path = (['retry.onStatus', 'retry.anyMethod', 'retry.bodyBuffer'] as const).find((each) => this.#isOwn(each))
    if (path === undefined) return
    report.warning(origins[path], 'RetryOff', 'nothing is sent again as long as retry.attempts is 0')
  }

  /** A limit on a part that is longer than the one on the whole never comes to act: told to who set the part. */
  #warnOfIdleTimeouts(report: Report): void {
    const { values, origins } = this.any
    const whole = values['timeouts.request']
    for (const path of ['timeouts.connect', 'timeouts.response', 'retry.attemptTimeout'] as const) {
      if (!this.#isOwn(path) || whole === 0 || values[path] < whole) continue
      const message = `${values[path]} ms has no effect beside a request timeout of ${whole} ms`
      report.warning(origins[path], 'TimeoutWithoutEffect', message)
    }
  }

  /** For a route that leads to a Service of which this is said. */
  toward(backend: Layer<RouteValues> | undefined): Effective<RouteValues> {
    return backend === undefined ? this.any : overlay(this.#weak, backend, ...this.#own)
  }
}
