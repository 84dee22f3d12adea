import { isObject, list, object, text, type JsonObject } from '../api/json.ts';
import { azureFunctions, type DeploymentPlace } from './expression/azure-functions.ts';
import { Unresolved } from './expression/arguments.ts';
import { evaluate, type Scope } from './expression/evaluate.ts';
import { ExpressionError, expressionIn, literalText, parseExpression } from './expression/parse.ts';
import { below, COPY_LOOP, type Notes } from './notes.ts';
import { hasOpenPart, type OpenValues } from './open-values.ts';
import { parameterValue } from './parameter-value.ts';

export type FoundTemplate = { readonly resource: JsonObject; readonly pointer: string };

export type DeploymentContext = {
  readonly notes: Notes;
  readonly open: OpenValues;
  readonly place: DeploymentPlace;
};

type Given = ReadonlyMap<string, unknown>;

/** An ARM deployment template: finds image templates in it, with every expression replaced by what it says. */
export class Deployment {
  readonly #template: JsonObject;
  readonly #pointer: string;
  readonly #context: DeploymentContext;
  readonly #given: Given;
  readonly #values = new Map<string, unknown>();
  readonly #scope: Scope;

  /** `given`: values of parameters by their names in small letters. */
  constructor(template: JsonObject, context: DeploymentContext, given: Given, pointer = '') {
    this.#template = template;
    this.#pointer = pointer;
    this.#context = context;
    this.#given = given;
    this.#scope = {
      parameter: (name) => this.#once('parameters', name, (...found) => this.#parameter(...found)),
      variable: (name) => this.#once('variables', name, (value, at) => this.value(value, at)),
      functions: azureFunctions(context.place),
    };
  }

  templates(): FoundTemplate[] {
    return this.#templatesIn(this.#template['resources'], below(this.#pointer, 'resources'));
  }

  /** Copies a part of the template with its expressions evaluated. What cannot be known becomes a placeholder. */
  value(part: unknown, pointer: string): unknown {
    if (typeof part === 'string') return this.#text(part, pointer);
    if (Array.isArray(part)) return part.map((item, index) => this.value(item, below(pointer, index)));
    if (!isObject(part)) return part;
    if (Array.isArray(part['copy']))
      this.#context.notes.add('untranslated', below(pointer, 'copy'), COPY_LOOP);
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => {
        const at = below(pointer, key);
        return [String(this.#text(key, at)), this.value(item, at)];
      }),
    );
  }

  #text(source: string, pointer: string): unknown {
    const inside = expressionIn(source);
    if (inside === undefined) return literalText(source);
    const { notes, open } = this.#context;
    try {
      return evaluate(parseExpression(inside), this.#scope);
    } catch (error) {
      if (error instanceof Unresolved)
        return open.askAt(pointer, `${source} cannot be resolved, ${error.message}`);
      if (!(error instanceof ExpressionError)) throw error;
      notes.add('untranslated', pointer, `${source} is not understood: ${error.message}.`);
      return open.askAt(pointer, 'its expression is not understood');
    }
  }

  /** Parameters and variables are looked up without case, evaluated at their first use, and never in a circle. */
  #once(
    part: string,
    name: string,
    read: (value: unknown, pointer: string, key: string) => unknown,
  ): unknown {
    const all = object(this.#template[part]);
    const key = Object.keys(all).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (key === undefined) throw new ExpressionError(`there is no "${name}" in ${part}`);
    const pointer = below(below(this.#pointer, part), key);
    if (this.#values.has(pointer)) {
      const known = this.#values.get(pointer);
      if (known === UNDER_WAY) throw new ExpressionError(`"${name}" in ${part} uses itself`);
      return known;
    }
    this.#values.set(pointer, UNDER_WAY);
    const value = read(all[key], pointer, key);
    this.#values.set(pointer, value);
    return value;
  }

  #parameter(declared: unknown, pointer: string, name: string): unknown {
    const parameter = object(declared);
    const type = text(parameter['type'])?.toLowerCase() ?? 'string';
    if (this.#given.has(name.toLowerCase())) {
      const given = this.#given.get(name.toLowerCase());
      return parameterValue(given, type, name);
    }
    if (SECURE.has(type)) return this.#context.open.askSecret(name, pointer);
    if ('defaultValue' in parameter)
      return this.value(parameter['defaultValue'], below(pointer, 'defaultValue'));
    // https://learn.microsoft.com/azure/azure-resource-manager/templates/definitions#nullable-types
    if (parameter['nullable'] === true) return null;
    const kind = type === 'string' ? '' : `, of type ${type}`;
    return this.#context.open.ask(
      name,
      pointer,
      `the parameter has no default${kind}; --param ${name}=VALUE sets it now`,
    );
  }

  #templatesIn(resources: unknown, pointer: string): FoundTemplate[] {
    const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(resources)
      ? list(resources).map((item, index) => [index, item] as const)
      : Object.entries(object(resources));
    return entries.flatMap(([key, item]) => this.#resource(object(item), below(pointer, key)));
  }

  #resource(resource: JsonObject, pointer: string): FoundTemplate[] {
    const { notes } = this.#context;
    const type = text(this.value(resource['type'], below(pointer, 'type')))?.toLowerCase() ?? '';
    const isNested = type === 'microsoft.resources/deployments';
    if (resource['existing'] === true) {
      notes.add('left-out', pointer, `This ${type} is there already; the file only reads it.`);
      return [];
    }
    if (!isNested && !isImageTemplate(type)) {
      notes.add(...otherResource(type, pointer));
      return [];
    }
    if (!this.#isMade(resource, type, pointer)) return [];
    if ('copy' in resource)
      notes.add(
        'untranslated',
        below(pointer, 'copy'),
        'A copy loop makes several templates; one is imported.',
      );
    return isNested ? this.#nested(resource, pointer) : [this.#imageTemplate(resource, pointer)];
  }

  #isMade(resource: JsonObject, type: string, pointer: string): boolean {
    const condition = resource['condition'];
    const at = below(pointer, 'condition');
    const holds = condition === undefined || this.value(condition, at);
    if (holds === false)
      this.#context.notes.add('left-out', pointer, `The condition of this ${type} is false.`);
    else if (hasOpenPart(holds))
      this.#context.notes.add(
        'untranslated',
        at,
        `Whether it is made depends on ${JSON.stringify(condition)}, which is not known; give it with --param.`,
      );
    return holds !== false;
  }

  #imageTemplate(resource: JsonObject, pointer: string): FoundTemplate {
    const { condition: _condition, copy: _copy, dependsOn: _order, resources: children, ...own } = resource;
    for (const [index, child] of list(children).entries())
      this.#context.notes.add(
        ...otherResource(
          `microsoft.virtualmachineimages/imagetemplates/${text(object(child)['type'])?.toLowerCase() ?? ''}`,
          below(below(pointer, 'resources'), index),
        ),
      );
    return { resource: object(this.value(own, pointer)), pointer };
  }

  /** https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates#expression-evaluation-scope-in-nested-templates */
  #nested(resource: JsonObject, pointer: string): FoundTemplate[] {
    const properties = object(resource['properties']);
    const at = below(pointer, 'properties');
    const template = properties['template'];
    if (!isObject(template)) {
      this.#context.notes.add(
        'untranslated',
        at,
        'The template of this deployment is in another file; import that.',
      );
      return [];
    }
    const inner = below(at, 'template');
    const scope = text(object(properties['expressionEvaluationOptions'])['scope']);
    if (scope?.toLowerCase() !== 'inner')
      return this.#templatesIn(template['resources'], below(inner, 'resources'));
    const given = Object.entries(object(properties['parameters'])).map(([name, value]) => {
      const evaluated = object(this.value(value, below(below(at, 'parameters'), name)));
      return [name.toLowerCase(), evaluated['value']] as const;
    });
    const context = { ...this.#context, place: this.#placeOf(resource, pointer) };
    return new Deployment(template, context, new Map(given), inner).templates();
  }

  /** What `resourceGroup()` and ids without a group are inside of it. */
  #placeOf(deployment: JsonObject, pointer: string): DeploymentPlace {
    const [subscriptionId, resourceGroup] = ['subscriptionId', 'resourceGroup'].map((key) =>
      text(this.value(deployment[key], below(pointer, key))),
    );
    return {
      ...this.#context.place,
      ...(subscriptionId !== undefined && { subscriptionId }),
      ...(resourceGroup !== undefined && { resourceGroup }),
    };
  }
}

/** Parameters of these types are secrets, whatever their default is. */
const SECURE: ReadonlySet<string> = new Set(['securestring', 'secureobject']);

const UNDER_WAY = Symbol('under way');

/** Old files give the namespace alone. */
export const isImageTemplate = (type: string): boolean =>
  /^microsoft\.virtualmachineimages(\/imagetemplates)?$/i.test(type);

function otherResource(type: string, pointer: string): ['left-out' | 'untranslated', string, string] {
  if (/^microsoft\.virtualmachineimages\/imagetemplates\/triggers$/.test(type))
    return [
      'untranslated',
      pointer,
      'Triggers are not imported; set a refresh policy or create the trigger anew.',
    ];
  if (/^microsoft\.compute\/galleries(\/images)?$/.test(type))
    return [
      'left-out',
      pointer,
      'Kiln makes no galleries and definitions; they must be there before the first run.',
    ];
  if (type === 'microsoft.resources/deploymentscripts')
    return ['left-out', pointer, 'A deployment script; what starts a run with Kiln is `kiln build`.'];
  return [
    'left-out',
    pointer,
    `Not an image template but ${type || 'a resource without a type'}; deploy it by itself.`,
  ];
}
