package peer;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;

/**
 * The video fold on Kafka Streams. Orders in the environment, as bench/engines/__init__.py says; besides TUNED,
 * THREADS, COMMIT_MS and LINGER_MS.
 */
public final class App {
  public static void main(String[] arguments) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology(), new StreamsConfig(properties()));
    streams.setUncaughtExceptionHandler(e -> {
      e.printStackTrace();
      Runtime.getRuntime().halt(3);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    long events = Long.parseLong(order("EVENTS"));
    while (FoldProcessor.SEEN.get() < events) Thread.sleep(2);
    streams.close(); // at once, instead of with the next interval: flushes and commits state, changes and offsets
    Thread.currentThread().join(); // until SIGTERM, so that this process can be measured
  }

  static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static Topology topology() {
    Fold.Codec codec = tuned() ? Fold.BIN : Fold.JSON;
    Serde<Map<String, Fold.Link>> serde =
        Serdes.serdeFrom((t, v) -> v == null ? null : codec.enc(v), (t, b) -> b == null ? null : codec.dec(b));
    var store = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(FoldProcessor.STORE), Serdes.ByteArray(), serde);
    return new Topology()
        .addSource("source", new ByteArrayDeserializer(), new ByteArrayDeserializer(), order("SOURCE"))
        .addProcessor("fold", FoldProcessor::new, "source")
        .addStateStore(store.withCachingEnabled().withLoggingEnabled(Map.of()), "fold")
        .addSink("sink", order("SINK"), new ByteArraySerializer(), new ByteArraySerializer(), "fold");
  }

  private static Properties properties() {
    Properties p = new Properties();
    boolean exactlyOnce = order("GUARANTEE").equals("exactly_once");
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, order("RUN"));
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, order("BROKER"));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, exactlyOnce ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    p.put(StreamsConfig.STATE_DIR_CONFIG, order("DATA"));
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    set(p, StreamsConfig.NUM_STREAM_THREADS_CONFIG, "THREADS");
    set(p, StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "COMMIT_MS");
    set(p, StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), "LINGER_MS");
    if (tuned()) tune(p);
    return p;
  }

  private static void tune(Properties p) {
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
  }

  private static void set(Properties p, String property, String order) {
    String value = System.getenv(order);
    if (value != null) p.put(property, value);
  }

  private static boolean tuned() {
    return "1".equals(System.getenv("TUNED"));
  }

  private static String order(String name) {
    String value = System.getenv(name);
    if (value == null) throw new IllegalArgumentException(name + " is not set");
    return value;
  }
}
