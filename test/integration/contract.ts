// Holds replies against the OpenAPI document that the server gives: the status must be listed, the type too, and the body must fit.

import Ajv2020 from 'ajv/dist/2020.js';
import { createParser } from 'eventsource-parser';

interface Operation {
  operationId: string;
  responses: Record<string, { content?: Record<string, { schema: { contentSchema?: object } }> }>;
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
}

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Reply {
  statusCode: number;
  headers: Record<string, unknown>;
  rawPayload: Buffer;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export class Contract {
  readonly document: Document;
  readonly #ajv = new Ajv2020.default({ strict: false, allErrors: true, validateFormats: false });
  readonly #paths: { template: string; pattern: RegExp }[];
  readonly #checks = new Map<string, (body: unknown) => boolean>();

  constructor(document: Document) {
    this.document = document;
    this.#ajv.addSchema({ $id: 'api', components: document.components });
    // Paths without parameters go first: they are meant before those with.
    this.#paths = Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .map((template) => ({ template, pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** Every operation that there is. */
  operations(): { method: string; template: string; operation: Operation }[] {
    return Object.entries(this.document.paths).flatMap(([template, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ method, template, operation: item[method]! })),
    );
  }

  /** What is wrong with the reply; undefined if it is as documented. */
  violation(method: string, url: string, { statusCode, headers, rawPayload }: Reply): string | undefined {
    const path = url.split('?')[0]!;
    const template = this.#paths.find(({ pattern }) => pattern.test(path))?.template;
    const item = template === undefined ? undefined : this.document.paths[template];
    const operation = item?.[method.toLowerCase() === 'head' ? 'get' : method.toLowerCase()];
    const says = (what: string): string => `${method} ${url} → ${statusCode}: ${what}`;
    const type = String(headers['content-type'] ?? '').split(';')[0]!;
    if (operation === undefined) {
      // Nothing there, or not with this method: a problem says so.
      if (statusCode < 400 || type !== 'application/problem+json') return says(`${template ?? 'nothing'} is documented here, ${type}`);
      if (method === 'HEAD') return undefined;
      return this.#mismatch('Problem', { $ref: 'api#/components/schemas/Problem' }, JSON.parse(rawPayload.toString()), says);
    }
    const response = operation.responses[statusCode];
    if (response === undefined) return says(`not among ${Object.keys(operation.responses).join(', ')}`);
    if (response.content === undefined) return rawPayload.length === 0 ? undefined : says(`has a body of ${rawPayload.length} bytes`);
    const media = response.content[type];
    if (media === undefined) return says(`${type} is not among ${Object.keys(response.content).join(', ')}`);
    if (statusCode === 206) {
      // A part of a file is no document, but it is as long as it says.
      const [, from, to] = /^bytes (\d+)-(\d+)\/\d+$/.exec(String(headers['content-range'])) ?? [];
      const length = Number(to) - Number(from) + 1;
      return method === 'HEAD' || rawPayload.length === length ? undefined : says(`${rawPayload.length} bytes in place of ${length}`);
    }
    const key = `${template} ${method} ${statusCode} ${type}`;
    const { contentSchema } = media.schema;
    if (type === 'text/event-stream' && contentSchema) return this.#mismatch(key, contentSchema, eventsOf(rawPayload.toString()), says);
    if (!type.endsWith('json') || method === 'HEAD') return undefined;
    return this.#mismatch(key, media.schema, JSON.parse(rawPayload.toString()), says);
  }

  #mismatch(key: string, schema: object, body: unknown, says: (what: string) => string): string | undefined {
    const known = this.#checks.get(key);
    const check = known ?? this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')));
    this.#checks.set(key, check);
    if (check(body)) return undefined;
    return says(this.#ajv.errorsText((check as typeof check & { errors?: [] }).errors ?? []));
  }
}

/** The events of a stream, or of what came of it. */
export function eventsOf(text: string): object[] {
  const events: object[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => events.push({ event, ...(id !== undefined && { id }), data: JSON.parse(data) }),
  });
  parser.feed(text);
  return events;
}
