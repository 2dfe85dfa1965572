import { STS_MODES } from '@sekisho/spec';
import type { Order, PolicyWish } from '../../publish/index.ts';
import type { RollbackRequest, SetRequest } from '../control/publish.ts';

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isOrder(value: unknown): value is Order {
  return (
    isFields(value) &&
    typeof value['by'] === 'string' &&
    value['by'] !== '' &&
    isOptional(value['overrides'], isTextList) &&
    isOptional(value['force'], (force) => typeof force === 'boolean') &&
    isOptional(value['reason'], (reason) => typeof reason === 'string')
  );
}

function isWish(value: unknown): value is PolicyWish {
  return (
    isFields(value) &&
    STS_MODES.some((mode) => mode === value['mode']) &&
    isOptional(value['maxAgeSeconds'], Number.isInteger) &&
    isOptional(value['mx'], isTextList) &&
    isOptional(value['preset'], (preset) => typeof preset === 'string') &&
    isOptional(value['extensions'], isExtensions)
  );
}

function isExtensions(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        isFields(item) && typeof item['name'] === 'string' && typeof item['value'] === 'string',
    )
  );
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Body of `set`; undefined if it is none. */
export function readSet(text: string): SetRequest | undefined {
  const { wish, order } = parse(text) ?? {};
  return isWish(wish) && isOrder(order) ? { wish, order } : undefined;
}

/** Body of `rollback`; undefined if it is none. */
export function readRollback(text: string): RollbackRequest | undefined {
  const { to, order } = parse(text) ?? {};
  if (!isOrder(order) || !isOptional(to, Number.isInteger)) return undefined;
  return { order, ...(typeof to === 'number' ? { to } : {}) };
}

/** The order in the body of `leave`, `remove` and `abandon`; undefined if there is none. */
export function readOrder(text: string): Order | undefined {
  const { order } = parse(text) ?? {};
  return isOrder(order) ? order : undefined;
}
