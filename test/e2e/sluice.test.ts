/** Sluice on a real control plane, as scenarios that share one cluster; the order matters only where it says so. */
import { after, before } from 'node:test'
import { canary } from './scenarios/canary.ts'
import { churn } from './scenarios/churn.ts'
import { dryRun } from './scenarios/dry-run.ts'
import { installing } from './scenarios/installing.ts'
import { largeObject } from './scenarios/large-object.ts'
import { layer4 } from './scenarios/layer4.ts'
import { leadership } from './scenarios/leadership.ts'
import { outage } from './scenarios/outage.ts'
import { rightsInUse } from './scenarios/rights.ts'
import { rollout } from './scenarios/rollout.ts'
import { routing } from './scenarios/routing.ts'
import { scoped } from './scenarios/scoped.ts'
import { secrets } from './scenarios/secrets.ts'
import { sideBySide } from './scenarios/side-by-side.ts'
import { Stage, VALUES } from './scenarios/stage.ts'
import { status } from './scenarios/status.ts'

let opened: Stage | undefined
const stage = (): Stage => {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
}

before(async () => {
  opened = await Stage.open(VALUES)
})
after(() => opened?.close())

installing(stage)
routing(stage)
layer4(stage)
status(stage)
secrets(stage)
canary(stage)
rollout(stage)
outage(stage)
leadership(stage)
sideBySide(stage)
scoped(stage)
largeObject(stage)
churn(stage)
dryRun(stage)
// Looks back at all of the above.
rightsInUse(stage)
