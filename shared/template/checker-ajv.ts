import { _, Ajv, type KeywordCxt, Name, type Options, str, stringify } from 'ajv';
import { KEYWORDS } from './checker-keywords.ts';

/** What the code that ajv writes calls these; ours stands between its own. */
const SELF = new Name('this');
const PATH = new Name('instancePath');
const ERRORS = new Name('vErrors');
const COUNT = new Name('errors');

/**
 * The compiler of our schemas, for checks at run time and for those of the package. A keyword of ours becomes a call of
 * `this.check`, so that the compiled code needs nothing but its caller.
 */
export function checkerAjv(options: Options = {}): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    discriminator: true,
    passContext: true,
    validateFormats: false,
    // The schemas are ours, and draft 7 knows nothing of our keywords.
    validateSchema: false,
    ...options,
  });
  ajv.removeKeyword('format');
  for (const [keyword, { type }] of Object.entries(KEYWORDS))
    ajv.addKeyword({ keyword, type, code: (cxt) => callRule(keyword, cxt), errors: 'full' });
  // For readers of the schema (spelling.ts, reshape.ts), not for the check.
  ajv.addVocabulary(['wire', 'formerly', 'upgrade', 'downgrade', 'since']);
  return ajv;
}

function callRule(keyword: string, { gen, data, schema, it }: KeywordCxt): void {
  const at = str`${PATH}${it.errorPath}`;
  const found = gen.const('found', _`${SELF}.check(${keyword}, ${stringify(schema)}, ${data}, ${at})`);
  gen.if(_`${found}.length > 0`, () => {
    // In place: a new list for each problem would make many problems a square of them.
    gen.assign(ERRORS, _`${ERRORS} === null ? ${found} : (${ERRORS}.push(...${found}), ${ERRORS})`);
    gen.code(_`${COUNT} += ${found}.length`);
  });
}
