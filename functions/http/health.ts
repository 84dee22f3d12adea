import type { Reply } from './exchange.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Settings } from '../settings.ts';
import { VERSION } from '../../shared/version.ts';
import { failure, json } from './reply.ts';

/** The only path without a token: says whether the app can work at all, and nothing about what it holds. */
export async function health(settings: () => Settings): Promise<Reply> {
  try {
    const { auth } = settings();
    const access = 'missing' in auth ? 'refused: not configured' : 'configured';
    return json({ status: 'Healthy', version: VERSION, access });
  } catch (error) {
    if (error instanceof KilnError) return failure(error.failure);
    throw error;
  }
}
