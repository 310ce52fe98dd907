// What the test brokers are told: server.properties, and how they log.

/** Names of a broker's listeners. Brokers speak PLAINTEXT with each other. */
export function listenersOf({ secured, links }) {
  return [
    'PLAINTEXT',
    'CONTROLLER',
    ...(secured ? Object.keys(securedProtocols) : []),
    ...links.map((_, at) => linkListener(at)),
  ];
}

/** The listener behind the link at this place: one for each, so that clients are told that link's port alone. */
export const linkListener = (at) => `LINK${at}`;

const securedProtocols = { TLS: 'SSL', LOGIN: 'SASL_PLAINTEXT', TLSLOGIN: 'SASL_SSL' };

/** A broker's server.properties; `settings` go before ours wherever a cluster stands without ours. */
export function brokerProperties(brokers, broker, { settings, secured }) {
  return {
    ...defaults(brokers.length),
    ...settings,
    ...wiring(brokers, broker),
    ...(secured ? security(secured) : {}),
  };
}

function defaults(count) {
  const replicas = Math.min(count, 3);
  const inSync = Math.max(1, replicas - 1);
  return {
    'num.partitions': 1,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 5,
    // A broker that was killed may come back only when the others believe that it is gone: 9 s as Kafka comes.
    'broker.session.timeout.ms': count === 1 ? 3_000 : 6_000,
    'broker.heartbeat.interval.ms': count === 1 ? 500 : 1_000,
    // Many small topics: a partition sets the room of its indexes aside when it is made, 20 MB as Kafka comes.
    'log.segment.bytes': 32 * 1024 * 1024,
    'log.index.size.max.bytes': 128 * 1024,
    // The cleaner sets its memory aside too, half of a small heap as Kafka comes.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    // Kafka answers when all in-sync replicas have a record in memory. One broker alone must have it on disk instead.
    ...(count === 1 ? { 'log.flush.interval.messages': 1 } : {}),
  };
}

function wiring(brokers, { id, ports, linkPorts }) {
  const listeners = Object.entries(ports);
  const protocol = (listener) => securedProtocols[listener] ?? 'PLAINTEXT';
  const advertised = listeners
    .filter(([listener]) => listener !== 'CONTROLLER')
    .map(([listener, port]) => [listener, linkPorts.find((_, at) => linkListener(at) === listener) ?? port]);
  const addresses = (list) => list.map(([listener, port]) => `${listener}://127.0.0.1:${port}`).join(',');
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': brokers.map((each) => `${each.id}@127.0.0.1:${each.ports.CONTROLLER}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': listeners.map(([listener]) => `${listener}:${protocol(listener)}`).join(','),
    listeners: addresses(listeners),
    'advertised.listeners': addresses(advertised),
    'log.dirs': 'data',
  };
}

const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

function security({ users, certificate, key }) {
  const known = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${known.join(' ')};`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const logins = ['login', 'tlslogin'].flatMap((listener) => [
    [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
    ...scramMechanisms.map((mechanism) => [
      `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`,
      scram,
    ]),
  ]);
  return {
    ...Object.fromEntries(logins),
    'sasl.enabled.mechanisms': ['PLAIN', ...scramMechanisms].join(','),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': certificate,
    'ssl.keystore.key': key,
  };
}

/** SCRAM's users are in the cluster's own data, and come into it when it is formatted. */
export function scramUsers(secured) {
  if (!secured) return [];
  return Object.entries(secured.users).flatMap(([name, password]) =>
    scramMechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );
}

/** Warnings are printed, into the broker's `broker.log`. */
export const logging = {
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
  'rootLogger.level': 'warn',
  'rootLogger.appenderRef.out.ref': 'out',
};

export function toProperties(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    .join('');
}
