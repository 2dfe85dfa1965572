import type { ColdRound } from './cold.ts';
import type { CollectResult } from './collect.ts';
import type { IntakeResult } from './intake.ts';
import type { MemoryResult } from './memory.ts';
import type { PauseResult } from './pause.ts';
import type { PublishResult } from './publish.ts';
import type { ReadyResult } from './ready.ts';
import type { ScaleResult } from './scale.ts';
import type { WarmResult } from './warm.ts';

/** All figures of a run; what was not measured is absent. */
export interface Results {
  readonly warm?: WarmResult;
  readonly scale?: readonly ScaleResult[];
  readonly cold?: readonly ColdRound[];
  readonly rss?: readonly MemoryResult[];
  readonly ready?: ReadyResult;
  readonly pause?: PauseResult;
  readonly publish?: PublishResult;
  readonly collect?: CollectResult;
  readonly intake?: IntakeResult;
}
