/** What Sluice finds out about endpoints, where they are, and how old, on a real control plane. */
import { after, before } from 'node:test'
import { health } from './scenarios/health.ts'
import { slowStart } from './scenarios/slow-start.ts'
import { Stage } from './scenarios/stage.ts'

let opened: Stage | undefined

before(async () => {
  opened = await Stage.open()
})
after(() => opened?.close())

function stage(): Stage {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
}

health(stage)
slowStart(stage)
