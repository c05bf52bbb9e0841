/** Sluice on a real control plane: what the issue of each promise is, as scenarios that share one cluster. */
import { after, before } from 'node:test'
import { outage } from './scenarios/outage.ts'
import { rollout } from './scenarios/rollout.ts'
import { routing } from './scenarios/routing.ts'
import { Stage } from './scenarios/stage.ts'
import { status } from './scenarios/status.ts'

let opened: Stage | undefined
const stage = (): Stage => {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
}

before(async () => {
  opened = await Stage.open()
})
after(() => opened?.close())

routing(stage)
status(stage)
rollout(stage)
outage(stage)
