/** Whose is an Ingress? The class says so; what belongs to somebody else is left alone without a word. */

import { compareText } from '../../model/problem.ts'
import { CLASS_ANNOTATION, type Ingress, type IngressClass } from '../api/kubernetes/ingress.ts'
import { annotationField, originOf } from '../api/kubernetes/metadata.ts'
import { byAge } from './age.ts'
import type { TranslateOptions } from './options.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'

/** An Ingress that is ours. */
export interface Served {
  readonly ingress: Ingress
  /** Its class, whether there is an object of that name or not. */
  readonly className: string
}

export interface Ours {
  /** The older first: where two want the same, it wins. */
  readonly served: readonly Served[]
  /** The class objects that name our controller, the older first. */
  readonly classes: readonly IngressClass[]
  /** Whether Ingresses of a class are ours. */
  readonly isOurs: (className: string) => boolean
}

export function findOurs(view: View, options: TranslateOptions, report: Report): Ours {
  const classes = new Map(view.ingressClasses().map((each) => [each.metadata.name, each]))
  const isOurs = (name: string) => {
    const found = classes.get(name)
    return found === undefined ? name === options.ingressClass : found.spec?.controller === options.controllerClass
  }
  const fallback = defaultClass([...classes.values()])
  const served = view.ingresses().flatMap((ingress): Served[] => {
    const name = classNameOf(ingress, isOurs, report) ?? fallback?.metadata.name
    if (name !== undefined) return isOurs(name) ? [{ ingress, className: name }] : []
    if (!options.serveWithoutClass) return []
    noteMissingClass(ingress, options, report)
    return [{ ingress, className: options.ingressClass }]
  })
  return {
    served: served.sort((a, b) => byAge(a.ingress, b.ingress)),
    classes: [...classes.values()].filter(({ metadata }) => isOurs(metadata.name)).sort(byAge),
    isOurs,
  }
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
