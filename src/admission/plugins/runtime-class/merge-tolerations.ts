import { jsonEqual } from '../../../apimachinery/meta/json.js';
import type { CoreV1Toleration } from '../../../apis/types.gen.js';

/** Both lists in order, without those that another one covers; of equal ones the first stays. */
export function mergeTolerations(
  first: readonly CoreV1Toleration[],
  second: readonly CoreV1Toleration[],
): CoreV1Toleration[] {
  const all = [...first, ...second];
  const merged: CoreV1Toleration[] = [];
  for (const [i, toleration] of all.entries()) {
    const coveredLater = (other: CoreV1Toleration): boolean =>
      !jsonEqual(other, toleration) && covers(other, toleration);
    if (merged.some((other) => covers(other, toleration)) || all.slice(i + 1).some(coveredLater)) continue;
    merged.push(toleration);
  }
  return merged;
}

function covers(wide: CoreV1Toleration, narrow: CoreV1Toleration): boolean {
  if (jsonEqual(wide, narrow)) return true;
  const { key = '', operator = '', effect = '', value = '' } = wide;
  if ((narrow.key ?? '') !== key && !(key === '' && operator === 'Exists')) return false;
  if ((narrow.effect ?? '') !== effect && effect !== '') return false;
  if (effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds } = narrow;
    if (tolerationSeconds === undefined || tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (operator === 'Exists') return true;
  return (operator === '' || operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === value;
}
