// Many who follow runs at once, as cheaply as possible on this side: raw HTTP, counted and not parsed but for the generation.

import { type ClientRequest, get } from 'node:http';

export interface Subscription {
  /** Newest generation that every subscriber has seen, and when the first of them saw it, ms. */
  seen(): { generation: number; at: number };
  /** Events in all so far. */
  events(): number;
  /** Subscribers that missed or repeated a generation, or whose stream ended. */
  broken(): number;
  stop(): void;
}

/** `count` subscribers of a run, all following by now. */
export async function subscribe(url: string, run: string, count: number): Promise<Subscription> {
  let events = 0;
  let broken = 0;
  let stopped = false;
  const last: number[] = new Array(count).fill(-1);
  let newest = { generation: -1, at: 0 };
  const requests: ClientRequest[] = [];
  await Promise.all(
    Array.from(
      { length: count },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          const request = get(`${url}/v1/runs/${run}/events`, { agent: false }, (reply) => {
            if (reply.statusCode !== 200) return reject(new Error(`subscriber ${i} got status ${reply.statusCode}`));
            resolve();
            let rest = '';
            reply.setEncoding('utf8').on('data', (text: string) => {
              const lines = (rest + text).split('\n');
              rest = lines.pop()!;
              for (const line of lines) {
                if (line.startsWith('event: ')) events++;
                const found = /^data: \{"generation":(\d+),"/.exec(line);
                if (!found || !line.includes('"meanLoss"')) continue;
                const generation = Number(found[1]);
                if (last[i] !== -1 && generation !== last[i]! + 1) broken++;
                last[i] = generation;
                if (generation > newest.generation) newest = { generation, at: performance.now() };
              }
            });
            reply.on('end', () => {
              if (!stopped) broken++;
            });
            reply.on('error', () => {
              if (!stopped) broken++;
            });
          });
          request.on('error', reject);
          requests.push(request);
        }),
    ),
  );
  return {
    seen: () => newest,
    events: () => events,
    broken: () => broken,
    stop: () => {
      stopped = true;
      for (const request of requests) request.destroy();
    },
  };
}
