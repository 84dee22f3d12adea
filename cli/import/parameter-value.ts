import { refuse } from '../errors.ts';

/** A parameter given as text on the command line, in the type that the deployment declares. */
export function parameterValue(given: unknown, type: string, name: string): unknown {
  if (typeof given !== 'string') return given;
  if (type === 'int') return integer(given, name);
  if (type === 'bool') return flag(given, name);
  return type === 'array' || type === 'object' || type === 'secureobject' ? json(given, name) : given;
}

function integer(given: string, name: string): number {
  const value = Number(given);
  if (given.trim() !== '' && Number.isInteger(value)) return value;
  throw refuse(`The parameter ${name} is "${given}"; it takes an integer.`);
}

function flag(given: string, name: string): boolean {
  if (/^(true|false)$/i.test(given)) return given.toLowerCase() === 'true';
  throw refuse(`The parameter ${name} is "${given}"; it takes true or false.`);
}

function json(given: string, name: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw refuse(`The parameter ${name} takes JSON, for example --param '${name}=["westeurope"]'.`);
  }
}
