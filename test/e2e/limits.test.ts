/** Limits of three replicas together, on a real control plane. */
import { after, before } from 'node:test'
import { limits } from './scenarios/limits.ts'
import { Stage } from './scenarios/stage.ts'

let opened: Stage | undefined

before(async () => {
  opened = await Stage.open()
})
after(() => opened?.close())

limits(() => {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
})
