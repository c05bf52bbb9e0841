import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdaptiveLimit } from './adaptive-limit.ts'

/** A service that does so many things at once, each in so many milliseconds, and makes the others wait. */
class Fleet {
  now = 0
  capacity = 50
  ms = 10
  readonly limit = new AdaptiveLimit(0)

  /** Clients that always have the next request at hand, or only so many. */
  run(seconds: number, clients = Number.POSITIVE_INFINITY): void {
    const end = this.now + seconds * 1_000
    while (this.now < end) {
      const inFlight = Math.max(1, Math.min(clients, Math.floor(this.limit.limit(this.now))))
      const latency = this.ms * Math.max(1, inFlight / this.capacity)
      this.now += latency / inFlight
      this.limit.observe(latency, inFlight, this.now)
    }
  }
}

const within = (value: number, least: number, most: number) => assert.ok(value >= least && value <= most, `${value}`)

test('it comes to rest a little above what the service can do at once', () => {
  for (const capacity of [10, 50, 200]) {
    const fleet = new Fleet()
    fleet.capacity = capacity
    fleet.run(50)
    within(fleet.limit.limit(fleet.now), capacity, capacity * 1.8)
  }
})

test('it stays there, however long the load lasts', () => {
  const fleet = new Fleet()
  for (let minutes = 0; minutes < 30; minutes++) {
    fleet.run(61)
    fleet.run(5)
    within(fleet.limit.limit(fleet.now), 50, 90)
  }
})

test('it follows a service that comes to do more or less at once', () => {
  const fleet = new Fleet()
  fleet.run(30)
  fleet.capacity = 10
  fleet.run(10)
  within(fleet.limit.limit(fleet.now), 10, 18)
  fleet.capacity = 100
  fleet.run(25)
  within(fleet.limit.limit(fleet.now), 90, 180)
})

test('work that takes longer in itself is not taken for load, once it was measured', () => {
  const fleet = new Fleet()
  fleet.run(30)
  fleet.ms = 100
  fleet.run(130)
  within(fleet.limit.limit(fleet.now), 40, 90)
})

test('a limit that is not used does not grow', () => {
  const fleet = new Fleet()
  fleet.run(50, 4)
  within(fleet.limit.limit(fleet.now), 3, 20)
})

test('where requests under way do not end, nobody waits for them to', () => {
  const limit = new AdaptiveLimit(0)
  for (let now = 0; now < 1_000; now += 10) limit.observe(10, 100, now)
  within(limit.limit(1_000), 20, 20)
})
