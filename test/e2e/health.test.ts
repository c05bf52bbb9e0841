/** What Sluice finds out about endpoints, and where they are, on a real control plane. */
import { after, before } from 'node:test'
import { health } from './scenarios/health.ts'
import { Stage } from './scenarios/stage.ts'

let opened: Stage | undefined

before(async () => {
  opened = await Stage.open()
})
after(() => opened?.close())

health(() => {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
})
