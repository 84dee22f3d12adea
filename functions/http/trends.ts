import { readHealed } from './image-templates.ts';
import { type Exchange, type Reply, type Route, TEMPLATE } from './exchange.ts';
import { answer } from './watched.ts';

/** How the last builds of a template went, in numbers, the newest first. */
async function getTrends(exchange: Exchange): Promise<Reply> {
  const { value: head } = await readHealed(exchange);
  const book = await exchange.commands.store.trends.get(head.ref);
  return answer(exchange, { value: (book?.runs ?? []).toReversed() }, false);
}

export const trendRoutes: readonly Route[] = [
  {
    name: 'get-trends',
    method: 'GET',
    path: `${TEMPLATE}/trends`,
    role: 'Reader',
    extension: true,
    handle: getTrends,
  },
];
