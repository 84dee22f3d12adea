import { answerOf, retryAfterMs } from './answer.ts';

type RawResponse = Parameters<typeof answerOf>[0];

/** A call of the SDK together with the other side's wish how long to wait before the next one. */
export async function withWait<T>(
  call: (options: { onResponse: (response: RawResponse) => void }) => Promise<T>,
): Promise<{ readonly value: T; readonly wait: { readonly retryAfterMs?: number } }> {
  let wait: number | undefined;
  const value = await call({
    onResponse: (response) => {
      wait = retryAfterMs(answerOf(response).header);
    },
  });
  return { value, wait: wait === undefined ? {} : { retryAfterMs: wait } };
}
