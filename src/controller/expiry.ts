/**
 * Certificates whose time is over, or has not come. Translation knows no clock; this does, and finds out by itself when
 * it is so far. They are served all the same: what clients make of one is their decision, and no other is at hand.
 */
import type { Clock } from '../lib/clock.ts'
import type { Problem } from '../model/problem.ts'
import type { ServedName } from './translate/server-names.ts'

/** Timers cannot wait for years; a look a day costs nothing. */
const LOOK_MS = 86_400_000

export class CertificateExpiry {
  readonly #clock: Clock
  readonly #changed: () => void
  #names: readonly ServedName[] = []
  #cancel = (): void => {}
  #problems: readonly Problem[] = []

  /** @param changed called when time alone has changed `problems`. */
  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** The same list as before where none came or went. */
  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** Names with their certificates, as they are served from now on. */
  get names(): readonly ServedName[] {
    return this.#names
  }

  watch(names: readonly ServedName[]): void {
    this.#names = names
    this.#look()
  }

  stop(): void {
    this.#cancel()
  }

  #look(): void {
    this.#cancel()
    const now = this.#clock.wall()
    const problems = this.#names.flatMap((name) => problemOf(name, now))
    if (JSON.stringify(problems) !== JSON.stringify(this.#problems)) this.#problems = problems
    const turns = this.#names.flatMap(({ certificate: { validFrom, validTo } }) => [validFrom, validTo + 1])
    const wait = turns.reduce((least, at) => (at > now && at - now < least ? at - now : least), LOOK_MS)
    this.#cancel = this.#names.length === 0 ? () => {} : this.#clock.after(wait, () => this.#again())
  }

  #again(): void {
    const before = this.#problems
    this.#look()
    if (this.#problems !== before) this.#changed()
  }
}

function problemOf({ host, certificate, origin: at }: ServedName, now: number): Problem[] {
  const { name, validFrom, validTo } = certificate
  if (now >= validFrom && now <= validTo) return []
  const [reason, when] =
    now > validTo
      ? (['CertificateExpired', `expired at ${new Date(validTo).toISOString()}`] as const)
      : (['CertificateNotYetValid', `is not valid before ${new Date(validFrom).toISOString()}`] as const)
  return [{ at, severity: 'error', reason, message: `Secret ${name}: the certificate for ${host} ${when}` }]
}
