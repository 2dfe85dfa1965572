import { type PostfixVersion, parsePostfixVersion } from '../apply/index.ts';
import type { Settings } from './config/index.ts';

/** The version was checked when the configuration was read. */
export function postfixVersion({ postfix }: Settings): PostfixVersion {
  return parsePostfixVersion(postfix.version) ?? { major: 3, minor: 4 };
}
