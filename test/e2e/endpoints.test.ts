/** What clients notice of Pods that come and go, on a real control plane: nothing. */
import { after, before } from 'node:test'
import { endpoints } from './scenarios/endpoints.ts'
import { Stage } from './scenarios/stage.ts'

let opened: Stage | undefined

before(async () => {
  opened = await Stage.open()
})
after(() => opened?.close())

endpoints(() => {
  if (opened === undefined) throw new Error('the cluster did not start')
  return opened
})
