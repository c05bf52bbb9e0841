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
  /** It names no class, and nobody says what that means. */
  readonly isAssumed: boolean
}

export class Classes {
  /** The class objects that name our controller, the older first. */
  readonly own: readonly IngressClass[]
  readonly #byName: ReadonlyMap<string, IngressClass>
  readonly #fallback: string | undefined
  readonly #options: TranslateOptions

  constructor(view: View, options: TranslateOptions) {
    const all = view.ingressClasses()
    this.#options = options
    this.#byName = new Map(all.map((each) => [each.metadata.name, each]))
    this.#fallback = defaultClass(all)?.metadata.name
    this.own = all.filter(({ metadata }) => this.isOurs(metadata.name)).sort(byAge)
  }

  /** Whether Ingresses of a class are ours. */
  isOurs(className: string): boolean {
    const { ingressClass, controllerClass } = this.#options
    const found = this.#byName.get(className)
    return found === undefined ? className === ingressClass : found.spec?.controller === controllerClass
  }

  /** `undefined` where it is not ours. */
  served(ingress: Ingress): Served | undefined {
    const { serveWithoutClass, ingressClass } = this.#options
    const className = annotatedClass(ingress) ?? ingress.spec.ingressClassName ?? this.#fallback
    if (className !== undefined) {
      return this.isOurs(className) ? { ingress, className, isAssumed: false } : undefined
    }
    return serveWithoutClass ? { ingress, className: ingressClass, isAssumed: true } : undefined
  }
}

/** What its author may not expect of the class of an Ingress. */
export function reportClass({ ingress, className, isAssumed }: Served, report: Report): void {
  const field = ingress.spec.ingressClassName
  if (isAssumed) {
    report.note(
      originOf(ingress, 'spec.ingressClassName'),
      'ClassAssumed',
      `names no class and is served all the same; in a cluster it would need ingressClassName: ${className}`,
    )
  } else if (annotatedClass(ingress) !== undefined && field !== undefined && field !== className) {
    report.warning(
      originOf(ingress, annotationField(CLASS_ANNOTATION)),
      'ClassContradicts',
      `the annotation says class ${className} and spec.ingressClassName says ${field}; the annotation counts`,
    )
  }
}

/** The annotation is older than the field and stronger, as the Kubernetes documentation has it. */
function annotatedClass({ metadata }: Ingress): string | undefined {
  const annotation = metadata.annotations.get(CLASS_ANNOTATION)
  return annotation === '' ? undefined : annotation
}

/** Of several default classes the youngest counts, then the first by name, as in the admission of Kubernetes. */
function defaultClass(classes: readonly IngressClass[]): IngressClass | undefined {
  const created = ({ metadata }: IngressClass) => metadata.creationTimestamp ?? 0
  return classes
    .filter(({ metadata }) => metadata.annotations.get(DEFAULT_ANNOTATION) === 'true')
    .sort((a, b) => created(b) - created(a) || compareText(a.metadata.name, b.metadata.name))[0]
}
