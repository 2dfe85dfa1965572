import type { Service } from './service.ts';

/** What `sekisho reports` says, as far as it is looked at. */
export interface Explained {
  readonly summary: Summary;
  /** The same for people. */
  readonly text: string;
}

interface Summary {
  readonly domains: readonly {
    readonly domain: string;
    readonly successful: number;
    readonly failed: number;
  }[];
  readonly results: readonly { readonly domain: string; readonly resultType: string }[];
  readonly findings: readonly Finding[];
  readonly unverified: readonly { readonly submitter: string; readonly reports: number }[];
}

/** What `sekisho reports` found out about a domain. */
export interface Finding {
  readonly code: string;
  readonly domain?: string;
  readonly evidence: { readonly sessions?: number; readonly mxHost?: string };
  readonly meaning: string;
}

export function explain(intake: Service): Explained {
  return {
    summary: JSON.parse(intake.command('reports', '--json').stdout) as Summary,
    text: intake.command('reports').stdout,
  };
}
