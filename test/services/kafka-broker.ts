import { Connection, metadataV12 } from '@platformatic/kafka';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { brokerProperties, type BrokerListener } from './broker-properties.ts';
import { freePorts } from './free-ports.ts';
import { JavaProcess, shortLived } from './java-process.ts';
import { kafkaJars, sharedClasses } from './kafka-jars.ts';

const READY_TIMEOUT_MS = 60_000;

const CLUSTER_ID = 'ZnJlc2hldC10ZXN0cy0wMQ';

export interface BrokerOptions {
  /** Beside the plain one. */
  readonly listeners?: readonly BrokerListener[];
  /** Of the broker; they win over the harness's own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Of `StorageTool format`, such as `--add-scram`. */
  readonly formatArguments?: readonly string[];
  /** Of the broker's JVM, such as `-Djava.security.auth.login.config=…`. */
  readonly jvmArguments?: readonly string[];
}

const logging = (folder: string): string =>
  [
    'status=error',
    'appender.file.type=File',
    'appender.file.name=file',
    `appender.file.fileName=${folder}/broker.log`,
    'appender.file.layout.type=PatternLayout',
    'appender.file.layout.pattern=%d %-5p %c: %m%n',
    'rootLogger.level=warn',
    'rootLogger.appenderRef.file.ref=file',
  ].join('\n');

/** Whether the broker at an address answers for a cluster with itself in it. */
const answers = async (port: number): Promise<boolean> => {
  const connection = new Connection('readiness', { connectTimeout: 1_000, requestTimeout: 2_000 });
  connection.on('error', () => {});
  try {
    await connection.connect('127.0.0.1', port);
    const { brokers } = await metadataV12.api.async(connection, [], false, false);
    return brokers.length > 0;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
};

/**
 * A real Kafka broker of its own on 127.0.0.1, its own controller too.
 *
 * Its folder and its ports stay the same whatever happens to its process, so that clients find it again.
 */
export class KafkaBroker {
  readonly #folder: string;
  readonly #ports: Readonly<Record<string, number>>;
  readonly #options: BrokerOptions;
  #process: JavaProcess | undefined;

  private constructor(folder: string, ports: Readonly<Record<string, number>>, options: BrokerOptions) {
    this.#folder = folder;
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Starts a new cluster; resolves once it answers.
   *
   * @throws {ConfigError} `RUNTIME_UNSUPPORTED` where Java or Maven is missing
   */
  static async start(options: BrokerOptions = {}): Promise<KafkaBroker> {
    const names = ['PLAINTEXT', 'CONTROLLER', ...(options.listeners ?? []).map(({ name }) => name)];
    const free = await freePorts(names.length);
    const ports = Object.fromEntries(names.map((name, index) => [name, free[index] ?? 0]));
    const folder = mkdtempSync(join(tmpdir(), 'freshet-kafka-'));
    const broker = new KafkaBroker(folder, ports, options);
    try {
      await broker.#format();
      await broker.#keepClasses();
      await broker.restart();
      return broker;
    } catch (thrown) {
      await broker.remove();
      throw thrown;
    }
  }

  /** `127.0.0.1:<port>` of the plain listener. */
  get bootstrap(): string {
    return this.addressOf('PLAINTEXT');
  }

  /** `127.0.0.1:<port>` of a listener. */
  addressOf(listener: string): string {
    const port = this.#ports[listener];
    if (port === undefined)
      throw new Error(`no listener ${listener}; there are ${Object.keys(this.#ports).join(', ')}`);
    return `127.0.0.1:${port}`;
  }

  /** Starts it again where it is not running, on the same data and ports; resolves once it answers. */
  async restart(): Promise<void> {
    await this.#run(sharedClasses());
  }

  /** Once for each machine. */
  async #keepClasses(): Promise<void> {
    const { archive } = kafkaJars();
    if (existsSync(archive)) return;
    const made = this.#file('classes.jsa');
    await this.#run([`-XX:ArchiveClassesAtExit=${made}`, '-Xlog:disable']);
    await this.stop();
    // A rename within one file system, so that nobody sees half of it.
    copyFileSync(made, `${archive}.${process.pid}`);
    renameSync(`${archive}.${process.pid}`, archive);
  }

  async #run(classes: readonly string[]): Promise<void> {
    const running = new JavaProcess([
      ...shortLived(256),
      ...classes,
      `-Dlog4j2.configurationFile=${this.#file('log4j2.properties')}`,
      ...(this.#options.jvmArguments ?? []),
      '-cp',
      kafkaJars().classPath,
      'kafka.Kafka',
      this.#file('server.properties'),
    ]);
    this.#process = running;
    const giveUpAt = Date.now() + READY_TIMEOUT_MS;
    while (!(await answers(this.#ports['PLAINTEXT'] ?? 0))) {
      if (running.isOver || Date.now() > giveUpAt) throw new Error(this.#whyNot(running));
      await delay(50);
    }
  }

  /** SIGTERM: it ends in good order. */
  async stop(): Promise<void> {
    await this.#process?.end('SIGTERM');
    this.#process = undefined;
  }

  /** SIGKILL: it ends as in a power failure, except that what it wrote is with the operating system. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
    this.#process = undefined;
  }

  /** It hears and says nothing, but its connections stay open. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Stops it where it runs, and deletes its data. */
  async remove(): Promise<void> {
    this.thaw();
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #format(): Promise<void> {
    writeFileSync(this.#file('log4j2.properties'), logging(this.#folder));
    writeFileSync(
      this.#file('server.properties'),
      brokerProperties({
        folder: this.#folder,
        ports: this.#ports,
        listeners: this.#options.listeners ?? [],
        properties: this.#options.properties ?? {},
      }),
    );
    const tool = new JavaProcess([
      ...shortLived(64),
      ...sharedClasses(),
      `-Dlog4j2.configurationFile=${this.#file('log4j2.properties')}`,
      '-cp',
      kafkaJars().classPath,
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      CLUSTER_ID,
      '--config',
      this.#file('server.properties'),
      ...(this.#options.formatArguments ?? []),
    ]);
    const code = await tool.exited;
    if (code !== 0) throw new Error(`StorageTool format ended with ${code}:\n${tool.stdout}${tool.stderr}`);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #whyNot(running: JavaProcess): string {
    const log = this.#file('broker.log');
    const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-4_000) : '';
    const what = running.isOver ? 'ended' : `did not answer within ${READY_TIMEOUT_MS} ms`;
    return `the Kafka broker ${what}:\n${said}${running.stdout}${running.stderr}`;
  }
}
