// House rules as lint errors. Each message says where the code belongs, so that nobody has to look the rule up.
// Layers: docs/ARCHITECTURE.md, "The rooms". Determinism ids follow the .NET analyzer of Durable Functions:
// https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-roslyn-analyzer
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** @type {{from: RegExp, to: RegExp, typesAllowed?: boolean, message: string}[]} */
const LAYERS = [
  {
    from: /^(functions|shared)\//,
    to: /^(local|cli|web|test)\//,
    message:
      'The app is deployed without local/, cli/ and web/. Put shared knowledge in shared/; let local mode differ by settings only.',
  },
  {
    from: /^shared\//,
    to: /^functions\//,
    message: 'shared/ knows no trigger. Move the code to shared/, or pass it in from functions/.',
  },
  {
    from: /^(cli|web)\//,
    to: /^(functions|local|test)\//,
    message: 'The CLI and the dashboard speak the HTTP API only. Add what is missing to the API.',
  },
  {
    from: /^(cli|web)\//,
    to: /^shared\//,
    message: 'The CLI and the dashboard speak the HTTP API only. Add what is missing to the API.',
  },
  {
    from: /^local\//,
    to: /^(functions|shared|cli|web)\//,
    message:
      'local/ stands in for Azure and must not know the app. It loads the app as Azure does, from dist/.',
  },
  {
    from: /^(functions|shared)\/(?!azure\/|wiring)/,
    to: /^@azure\/(arm-|identity)/,
    message:
      'Only shared/azure imports Azure management SDKs. Add an operation to an adapter there and use it through its port.',
  },
  {
    from: /^shared\/(?!azure\/|store\/|messaging\/)/,
    to: /^(@azure\/|durable-functions)/,
    message:
      'The rest of shared/ never sees an SDK type. Put the call behind a port in shared/azure, shared/store or shared/messaging.',
  },
  {
    from: /^functions\/orchestrators\//,
    to: /^(node:|@azure\/|functions\/activities\/)/,
    message:
      'DURABLE0004 an orchestrator does no I/O. Write an activity, name it in functions/contract.ts and call it.',
  },
  {
    from: /^functions\/orchestrators\//,
    to: /^shared\/(azure|store|messaging)\//,
    typesAllowed: true,
    message:
      'DURABLE0004 an orchestrator does no I/O. Write an activity, name it in functions/contract.ts and call it.',
  },
];

/** Path from the root for a relative import, the package name otherwise. */
function target(file, specifier) {
  if (!specifier.startsWith('.')) return specifier;
  return path.relative(root, path.resolve(path.dirname(file), specifier)).replaceAll('\\', '/');
}

const layers = {
  create(context) {
    const file = path.relative(root, context.filename).replaceAll('\\', '/');
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      const to = target(context.filename, specifier);
      for (const rule of LAYERS) {
        const hit = rule.from.test(file) && (rule.to.test(to) || rule.to.test(specifier));
        if (hit && !(rule.typesAllowed && node.importKind === 'type'))
          context.report({ node, message: `${file} may not import ${specifier}. ${rule.message}` });
      }
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

const FORBIDDEN_GLOBALS = {
  Date: 'DURABLE0001 the clock differs between replays. Use context.df.currentUtcDateTime.',
  performance: 'DURABLE0001 the clock differs between replays. Use context.df.currentUtcDateTime.',
  crypto: 'DURABLE0002 random values differ between replays. Use context.df.newGuid(context.df.instanceId).',
  process: 'DURABLE0006 the environment may change between replays. Pass the value in the input.',
  fetch: 'DURABLE0004 an orchestrator does no I/O. Call an activity.',
  setTimeout: 'DURABLE0003 a timer of the process is lost. Use context.df.createTimer.',
  setInterval: 'DURABLE0003 a timer of the process is lost. Use context.df.createTimer.',
  setImmediate: 'DURABLE0003 a timer of the process is lost. Use context.df.createTimer.',
  queueMicrotask: 'DURABLE0003 work outside the generator is lost. Yield a durable task.',
  console: 'DURABLE0007 plain logs repeat at each replay. Record progress through an activity.',
};

const determinism = {
  create(context) {
    const file = path.relative(root, context.filename).replaceAll('\\', '/');
    if (!file.startsWith('functions/orchestrators/')) return {};
    const forbid = (message) => (node) => context.report({ node, message });
    return {
      AwaitExpression: forbid('DURABLE0005 `await` leaves the durable thread. Yield a durable task instead.'),
      'FunctionDeclaration[async=true]': forbid(
        'DURABLE0005 an orchestrator is a plain generator: use function*.',
      ),
      'ArrowFunctionExpression[async=true]': forbid(
        'DURABLE0005 an orchestrator is a plain generator: use function*.',
      ),
      MemberExpression(node) {
        const text = `${node.object.name}.${node.property.name}`;
        if (text === 'Math.random')
          context.report({
            node,
            message: 'DURABLE0002 Math.random() is not replay safe. Use context.df.newGuid.',
          });
        if (
          ['callActivityWithRetry', 'callSubOrchestratorWithRetry', 'callHttp'].includes(node.property.name)
        )
          context.report({
            node,
            message: `DURABLE0008 ${node.property.name} shifts task ids when a sibling fails. Use call() of orchestrators/durable.convert.ts, which retries with plain timers.`,
          });
      },
      Identifier(node) {
        const parent = node.parent;
        const isMember = parent?.type === 'MemberExpression' && parent.property === node && !parent.computed;
        const isKey = parent?.type === 'Property' && parent.key === node;
        const isType = parent?.type?.startsWith('TS');
        if (!isMember && !isKey && !isType && Object.hasOwn(FORBIDDEN_GLOBALS, node.name))
          context.report({ node, message: FORBIDDEN_GLOBALS[node.name] });
      },
    };
  },
};

const TRANSITIONS = /^shared\/model\/documents\/(head|run)\.ts$/;
const NAMED =
  'A template and its runs change by the named transitions of shared/model/documents/head.ts and run.ts alone. Pick one, or add one there.';

/** `store.templates.update(…)`, `store.runs.put(…)`: a write of one of the two documents that everybody moves on. */
function isWrite({ callee }) {
  const document = callee?.object?.property?.name;
  return ['templates', 'runs'].includes(document) && ['update', 'put'].includes(callee.property?.name);
}

const transitions = {
  create(context) {
    const file = path.relative(root, context.filename).replaceAll('\\', '/');
    if (!/^(shared|functions)\//.test(file) || TRANSITIONS.test(file)) return {};
    /** Writes that the walk is in. */
    let inside = 0;
    const report = (node) => context.report({ node, message: NAMED });
    return {
      CallExpression(node) {
        if (isWrite(node)) inside += 1;
      },
      'CallExpression:exit'(node) {
        if (isWrite(node)) inside -= 1;
      },
      ObjectExpression(node) {
        const spreads = node.properties.some(({ type }) => type === 'SpreadElement');
        // What HTTP shows of a template is no change of it.
        const holds =
          !file.startsWith('functions/http/') &&
          node.properties.some(({ key }) => ['activeRun', 'lastRun'].includes(key?.name));
        if ((inside > 0 && spreads) || holds) report(node);
      },
    };
  },
};

const explainDisabling = {
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (/(ox|es)lint-disable/.test(comment.value) && !/--\s*\S+/.test(comment.value))
            context.report({ loc: comment.loc, message: 'Say why the rule is off: `-- reason`.' });
        }
      },
    };
  },
};

export default {
  meta: { name: 'kiln' },
  rules: {
    layers,
    'orchestrators-are-deterministic': determinism,
    'transitions-have-a-name': transitions,
    'explain-disabling': explainDisabling,
  },
};
