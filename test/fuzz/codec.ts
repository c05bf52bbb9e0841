/** The campaigns against the codec alone, which need no sockets. */
import type { Random } from '../../src/lib/random.ts'
import type { Campaign } from './campaign.ts'
import { CASE_REQUESTS, CASE_RESPONSES } from './inputs/cases.ts'
import { chance, oneOf } from './inputs/choice.ts'
import { mutate } from './inputs/mutate.ts'
import { anyRequests } from './inputs/requests.ts'
import { anyResponse } from './inputs/responses.ts'
import { checkRequests } from './requests.ts'
import { checkResponse } from './responses.ts'

type Input = Campaign['input']

const shrinkAttempts = 3_000

const grammar =
  (any: Input): Input =>
  (random) =>
    chance(random, 0.5) ? mutate(random, any(random), any(random)) : any(random)

const damaged =
  (cases: readonly string[]): Input =>
  (random: Random) =>
    mutate(random, oneOf(random, cases), oneOf(random, cases))

export const CODEC: readonly Campaign[] = [
  { name: 'requests', input: grammar(anyRequests), check: checkRequests, shrinkAttempts },
  { name: 'responses', input: grammar(anyResponse), check: checkResponse, shrinkAttempts },
  { name: 'request-cases', input: damaged(CASE_REQUESTS), check: checkRequests, shrinkAttempts },
  { name: 'response-cases', input: damaged(CASE_RESPONSES), check: checkResponse, shrinkAttempts },
]
