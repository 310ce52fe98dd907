// Brings Kafka's published jars into .cache/, once: with Maven, from wherever Maven is configured to look.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bringOnce } from './bring.mjs';

const execute = promisify(execFile);
const kafkaVersion = '4.1.1';
/** The binding that fits the logging this release of Kafka is built with: SLF4J 1.7 and Log4j 2.24. */
const bindingVersion = '2.24.3';
const oldestJava = 17;

/** The Java program: of JAVA_HOME, else the one on the path. */
export const java = process.env.JAVA_HOME
  ? join(process.env.JAVA_HOME, 'bin', process.platform === 'win32' ? 'java.exe' : 'java')
  : 'java';

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>wardround</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${bindingVersion}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <version>3.8.1</version>
      </plugin>
    </plugins>
  </build>
</project>
`;

/** The folder with Kafka's jars, brought if it is not there yet. */
export async function bringKafka() {
  await checkJava();
  const folder = await bringOnce({
    name: `kafka-${kafkaVersion}`,
    what: pom,
    inWords: `Kafka ${kafkaVersion} for the tests (43 MB, by Maven)`,
    fill: (partial) => {
      writeFileSync(join(partial, 'pom.xml'), pom);
      return maven(partial, ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars']);
    },
  });
  return join(folder, 'jars');
}

async function checkJava() {
  const { stderr } = await execute(java, ['-version']).catch((error) => {
    throw new Error(
      `Java ${oldestJava} or newer is needed, and \`${java} -version\` fails: ${error.message.split('\n')[0]}`,
    );
  });
  const version = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (!(version >= oldestJava))
    throw new Error(`Java ${oldestJava} or newer is needed, and this is ${stderr.split('\n')[0]}`);
}

async function maven(folder, args) {
  // On Windows Maven is a command file, which only a shell can run; the arguments are ours and hold nothing special.
  const windows = process.platform === 'win32';
  try {
    await execute(windows ? 'mvn.cmd' : 'mvn', ['--quiet', '--batch-mode', ...args], { cwd: folder, shell: windows });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('Maven (mvn) is needed to bring Kafka, and is not on the path');
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.split('\n').find((line) => line.includes('ERROR'));
    throw new Error(`Maven could not bring Kafka: ${said ?? error.message}`);
  }
}
