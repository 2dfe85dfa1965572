import { type Domain, type NextHop, parseNextHop, type ToAscii } from '@sekisho/spec';
import type { CachedAnswer, Policies } from '../discover/index.ts';
import type { Clock } from '../io/clock/index.ts';
import { type AnswerForm, formForMap, type PostfixVersion } from './answer-form.ts';
import {
  ANSWER_OUTCOMES,
  type AnswerOutcome,
  type AnswerSettings,
  DANE_ANSWER,
  formatAnswer,
  NOT_FOUND,
} from './answer.ts';
import { formatNetstring } from './netstring.ts';
import { ReplyCache, type ReplyCacheOptions } from './reply-cache.ts';
import { RequestNames } from './request-names.ts';

/** A finished reply, ready to be written, one character a byte. */
export interface Reply {
  readonly text: string;
  readonly outcome: AnswerOutcome;
}

export interface ResponderTools {
  readonly clock: Clock;
  readonly policies: Pick<Policies, 'lookup'>;
  /** UTS 46, for keys that are U-labels (RFC 8461 §3.2 publishes A-labels). */
  readonly toAscii: ToAscii;
  readonly settings: AnswerSettings & {
    readonly version: PostfixVersion;
    /** Whether `[host]:port` keys have policies (RFC 8461 §3.4). Default true. */
    readonly smartHosts: boolean;
  };
  /**
   * Says whether DANE protects a domain. Given where the operator's Postfix does DANE: an `enforce` policy then gives
   * way to it (RFC 8461 §2).
   */
  readonly isDaneProtected?: (policyDomain: Domain) => Promise<boolean>;
  readonly cache?: ReplyCacheOptions;
}

/** Turns socketmap requests into replies. */
export interface Responder {
  /**
   * The reply to the request `NAME SP KEY` that stands in `buffer`: at once when it is known, else a promise that
   * never rejects. A reply that was made before costs one look into a table.
   */
  reply(buffer: Buffer, start: number, end: number): Reply | Promise<Reply>;
  /** Forgets the replies about a domain, or all. */
  forget(policyDomain: Domain | undefined): void;
  /** Requests answered with a reply made earlier. */
  readonly repeated: number;
}

const NOT_APPLICABLE: Reply = { text: formatNetstring(NOT_FOUND), outcome: 'not-applicable' };

const MALFORMED: Reply = {
  text: formatNetstring('PERM a request is a map name, a space and a key'),
  outcome: 'not-applicable',
};

export function createResponder(tools: ResponderTools): Responder {
  return new SocketmapResponder(tools);
}

class SocketmapResponder implements Responder {
  readonly #tools: ResponderTools;
  readonly #cache: ReplyCache;
  readonly #names = new RequestNames();
  #repeated = 0;

  constructor(tools: ResponderTools) {
    this.#tools = tools;
    this.#cache = new ReplyCache(tools.cache);
  }

  get repeated(): number {
    return this.#repeated;
  }

  reply(buffer: Buffer, start: number, end: number): Reply | Promise<Reply> {
    const slot = this.#cache.find(buffer, start, end, this.#tools.clock.now());
    if (slot === -1) return this.#discover(buffer.toString('latin1', start, end));
    this.#repeated += 1;
    return {
      text: this.#cache.textAt(slot),
      outcome: ANSWER_OUTCOMES[this.#cache.tagAt(slot)] as AnswerOutcome,
    };
  }

  forget(policyDomain: Domain | undefined): void {
    if (policyDomain === undefined) {
      this.#cache.clear();
      this.#names.clear();
    } else for (const request of this.#names.of(policyDomain)) this.#cache.delete(request);
  }

  #discover(request: string): Reply | Promise<Reply> {
    const space = request.indexOf(' ');
    if (space < 1) return MALFORMED;
    const { toAscii, settings, policies } = this.#tools;
    const nextHop = parseNextHop(decodeKey(request, space + 1), { toAscii });
    const policyDomain = this.#policyDomainOf(nextHop);
    if (policyDomain === undefined) return NOT_APPLICABLE;
    const form = formForMap(request.slice(0, space), settings.version);
    const cached = policies.lookup(policyDomain);
    return cached instanceof Promise
      ? cached.then((later) => this.#conclude(request, form, later))
      : this.#conclude(request, form, cached);
  }

  #policyDomainOf(nextHop: NextHop): Domain | undefined {
    if (nextHop.kind === 'domain') return nextHop.policyDomain;
    const isWanted = nextHop.kind === 'smart-host' && this.#tools.settings.smartHosts;
    return isWanted ? nextHop.policyDomain : undefined;
  }

  #conclude(request: string, form: AnswerForm, cached: CachedAnswer): Reply | Promise<Reply> {
    const { isDaneProtected, policies } = this.#tools;
    const { answer } = cached;
    const isEnforced = answer.kind === 'policy' && answer.policy.mode === 'enforce';
    if (isDaneProtected === undefined || !isEnforced)
      return this.#finish(request, form, cached, false);
    return isDaneProtected(answer.policyDomain).then(async (dane) => {
      // The policy may have changed meanwhile; one of `max_age` 0 is there only once (RFC 8461 §3.2).
      const now = cached.validUntilMs === 0 ? cached : await policies.lookup(answer.policyDomain);
      return this.#finish(request, form, now, dane);
    });
  }

  #finish(request: string, form: AnswerForm, cached: CachedAnswer, dane: boolean): Reply {
    const { settings, clock } = this.#tools;
    const given = formatAnswer(cached.answer, form, settings, clock.now());
    const { line, outcome } = dane && given.outcome === 'secure' ? DANE_ANSWER : given;
    const reply = { text: formatNetstring(line), outcome };
    this.#remember(request, reply, cached);
    return reply;
  }

  #remember(request: string, reply: Reply, { answer, validUntilMs }: CachedAnswer): void {
    // While the DNS is silent the answer may turn from TEMP to NOTFOUND at any moment.
    if (answer.kind === 'uncertain' || this.#tools.clock.now() >= validUntilMs) return;
    if (!this.#names.add(request, answer.policyDomain)) return;
    const tag = ANSWER_OUTCOMES.indexOf(reply.outcome);
    this.#cache.put(request, { text: reply.text, tag }, validUntilMs);
  }
}

/** Keys are UTF-8 (Postfix with `smtputf8_enable`); the request comes as one character a byte. */
function decodeKey(request: string, start: number): string {
  const key = request.slice(start);
  return /^[\x00-\x7f]*$/.test(key) ? key : Buffer.from(key, 'latin1').toString('utf8');
}
