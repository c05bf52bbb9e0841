/** What the campaigns have found, each by its smallest input, so that it stays found whatever the seeds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { Connections } from './connections.ts'
import type { FaultPlan } from './fault-plans.ts'
import { whyNotAsTold } from './fault-runs.ts'
import { checkRequests } from './requests.ts'
import { checkResponse } from './responses.ts'

/** Settings, methods and cuts come from the seed. */
const SEEDS = 40

const REQUESTS: Readonly<Record<string, string>> = {
  'a request id that is nominated for its hop is replaced':
    'GET / HTTP/1.1\r\nHost: h\r\nX-Request-ID: a\r\nConnection: X-Request-ID\r\n\r\n',
  'a head of nearly the tight limit is taken however it is cut': `GET / HTTP/1.1\r\nHost: h\r\nX: ${'v'.repeat(90)}\r\n\r\n`,
  'obs-text around a connection option is no white space': 'GET / HTTP/1.1\r\nHost: h\r\nConnection: \xa0close\r\n\r\n',
  'a slash is no protocol': 'GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: /\r\n\r\n',
}
const RESPONSES: Readonly<Record<string, string>> = {
  'an interim response has no length': 'HTTP/1.1 102 \r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 \r\n\r\n',
  'an interim response ends nominated fields': 'HTTP/1.1 103 \r\nConnection: X\r\nX: 1\r\n\r\nHTTP/1.1 204 \r\n\r\n',
  'a bad length is bad where no body follows': 'HTTP/1.1 304 \r\nContent-Length: x\r\n\r\n',
  'two lengths are bad where no body follows': 'HTTP/1.1 200 \r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
}
const CONNECTIONS: Readonly<Record<string, string>> = {
  'a refusal does not take over the framing of the answer before it': 'GET / HTTP/1.1\r\nHost: h\r\n\r\n\n',
  'a refused HEAD is answered without a body': 'HEAD h HTTP/1.1\r\nHost: h\r\n\r\n',
  'a broken preface of HTTP/2 is answered by HTTP/2':
    'PRI * HTTP/2.0\r\n\r\nCM\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n',
}
const FAULTS: Readonly<Record<string, FaultPlan>> = {
  'a refusal takes no attempt away from what comes after it': {
    ...{ method: 'PUT', body: false, early: false, framing: 'close', retries: 2, refusing: 'one', hanging: 0 },
    acts: [{ kind: 'end', at: 0, slow: true }],
  },
}

const holds = async (check: () => string | undefined | Promise<string | undefined>): Promise<void> => {
  const why = await check()
  if (why !== undefined) assert.fail(why)
}

for (const [name, input] of Object.entries(REQUESTS)) {
  test(name, async () => {
    for (let seed = 0; seed < SEEDS; seed++) await holds(() => checkRequests(input, seededRandom(seed)))
  })
}
for (const [name, input] of Object.entries(RESPONSES)) {
  test(name, async () => {
    for (let seed = 0; seed < SEEDS; seed++) await holds(() => checkResponse(input, seededRandom(seed)))
  })
}
for (const [name, input] of Object.entries(CONNECTIONS)) {
  test(name, async (t) => {
    const campaign = new Connections()
    t.after(() => campaign.close())
    for (let seed = 0; seed < SEEDS; seed++) await holds(() => campaign.check(input, seededRandom(seed)))
  })
}
for (const [name, plan] of Object.entries(FAULTS)) {
  test(name, async () => {
    for (let run = 0; run < SEEDS; run++) await holds(() => whyNotAsTold(plan))
  })
}
