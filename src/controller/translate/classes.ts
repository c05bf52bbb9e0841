/** Whose is an Ingress? The class says so; what belongs to somebody else is left alone without a word. */

import { compareText } from '../../model/problem.ts'
import type { Ingress, IngressClass } from '../api/kubernetes/ingress.ts'
import { annotationField, originOf } from '../api/kubernetes/metadata.ts'
import type { TranslateOptions } from './options.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'

/** The Ingresses that are ours, the older first: where two want the same, it wins. */
export function ourIngresses(view: View, options: TranslateOptions, report: Report): readonly Ingress[] {
  const classes = new Map(view.ingressClasses().map((each) => [each.metadata.name, each]))
  const isOurs = (name: string) => {
    const found = classes.get(name)
    return found === undefined ? name === options.ingressClass : found.spec?.controller === options.controllerClass
  }
  const fallback = defaultClass([...classes.values()])
  const served = view.ingresses().filter((ingress) => {
    const name = classNameOf(ingress, isOurs, report) ?? fallback?.metadata.name
    if (name !== undefined) return isOurs(name)
    if (options.serveWithoutClass) noteMissingClass(ingress, options, report)
    return options.serveWithoutClass
  })
  return served.sort(byAge)
}

/** The annotation is older than the field and stronger, as the Kubernetes documentation has it. */
function classNameOf(ingress: Ingress, isOurs: (name: string) => boolean, report: Report): string | undefined {
  const field = ingress.spec.ingressClassName
  const annotation = ingress.metadata.annotations.get(CLASS_ANNOTATION)
  if (annotation === undefined || annotation === '') return field
  if (field !== undefined && field !== annotation && isOurs(annotation)) {
    report.warning(
      originOf(ingress, annotationField(CLASS_ANNOTATION)),
      'ClassContradicts',
      `the annotation says class ${annotation} and spec.ingressClassName says ${field}; the annotation counts`,
    )
  }
  return annotation
}

/** Of several default classes the youngest counts, then the first by name, as in the admission of Kubernetes. */
function defaultClass(classes: readonly IngressClass[]): IngressClass | undefined {
  const created = ({ metadata }: IngressClass) => metadata.creationTimestamp ?? 0
  return classes
    .filter(({ metadata }) => metadata.annotations.get(DEFAULT_ANNOTATION) === 'true')
    .sort((a, b) => created(b) - created(a) || compareText(a.metadata.name, b.metadata.name))[0]
}

function noteMissingClass(ingress: Ingress, { ingressClass }: TranslateOptions, report: Report): void {
  report.note(
    originOf(ingress, 'spec.ingressClassName'),
    'ClassAssumed',
    `names no class and is served all the same; in a cluster it would need ingressClassName: ${ingressClass}`,
  )
}

/** One without creationTimestamp (a file has none) counts as youngest; then namespace and name decide. */
function byAge({ metadata: a }: Ingress, { metadata: b }: Ingress): number {
  const [left, right] = [a.creationTimestamp ?? Number.MAX_VALUE, b.creationTimestamp ?? Number.MAX_VALUE]
  return left - right || compareText(a.namespace, b.namespace) || compareText(a.name, b.name)
}
