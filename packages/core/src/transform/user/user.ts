import { jsonText } from '../document.ts';
import type { Transform } from '../transform.ts';
import { describedBy, extractOf, type UserTransformOptions } from './extract.ts';
import { Fault, failureOf } from './fault.ts';
import { checkModule, type TransformModule } from './module.ts';
import { rowsOf } from './rows.ts';

/**
 * Rows by a function of the user's, in this process: one that never ends holds up everything in it. `isolatedTransform`
 * runs it in another one.
 *
 * @throws TransformModuleError when its tables are not in order.
 */
export function userTransform(module: TransformModule, options: UserTransformOptions): Transform {
  const checked = checkModule(module);
  return {
    ...describedBy(checked.tables, options),
    extract: async (file, content) => {
      try {
        const rows = await rowsOf(checked, options.url, file, content);
        return extractOf(checked.tables, rows, options, () => jsonText(file, content));
      } catch (error) {
        throw error instanceof Fault ? failureOf(file, error) : error;
      }
    },
  };
}
