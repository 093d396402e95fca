package peer;

import java.util.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.DefaultKafkaClientSupplier;
import org.apache.kafka.streams.state.*;

/** env: GUARANTEE at_least_once|exactly_once_v2, THREADS, TUNED 0|1, IN, OUT, N, EXPECT, APPID, COMMIT_MS */
public class App {
  static String env(String k, String d) { return System.getenv().getOrDefault(k, d); }
  static final AtomicLong seen = new AtomicLong(), emitted = new AtomicLong(), acked = new AtomicLong(), first = new AtomicLong();
  static volatile long lastAck, lastCommit, half;
  static final long HALF = Long.parseLong(env("N", "500000")) / 2;

  static class FoldProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    ProcessorContext<byte[], byte[]> ctx; KeyValueStore<byte[], Map<String, Fold.Link>> store; long local;
    @Override public void init(ProcessorContext<byte[], byte[]> c) { ctx = c; store = c.getStateStore("links"); }
    @Override public void process(Record<byte[], byte[]> r) {
      if (local++ == 0) first.compareAndSet(0, System.nanoTime());
      Fold.Event e; Map<String, Fold.Link> st;
      try { e = Fold.EVENT.readValue(r.value()); } catch (Exception x) { throw new RuntimeException(x); }
      st = store.get(r.key());
      long b = Fold.summ(st);
      st = Fold.fold(st, e);
      store.put(r.key(), st);
      long a = Fold.summ(st);
      if (a != b) {
        try {
          byte[] v = Fold.CHANGE.writeValueAsBytes(new Fold.Change(e.video_id, (int) (a >> 32), (int) a, new int[] {(int) (b >> 32), (int) b}));
          ctx.forward(r.withValue(v));
        } catch (Exception x) { throw new RuntimeException(x); }
        emitted.incrementAndGet();
      }
      if (seen.incrementAndGet() == HALF) half = System.nanoTime();
    }
  }

  /** measuring only: time of the last acknowledged output / last committed transaction */
  static class Supplier extends DefaultKafkaClientSupplier {
    @Override public Producer<byte[], byte[]> getProducer(Map<String, Object> cfg) {
      String out = env("OUT", "ks-out");
      return new KafkaProducer<>(cfg, new ByteArraySerializer(), new ByteArraySerializer()) {
        @Override public java.util.concurrent.Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> rec, Callback cb) {
          if (!rec.topic().equals(out)) return super.send(rec, cb);
          return super.send(rec, (m, ex) -> { if (ex == null) { acked.incrementAndGet(); lastAck = System.nanoTime(); } cb.onCompletion(m, ex); });
        }
        @Override public void commitTransaction() { long s = seen.get(); super.commitTransaction(); commits.incrementAndGet(); if (s > committedSeen) committedSeen = s; lastCommit = System.nanoTime(); }
      };
    }
  }
  static final AtomicLong commits = new AtomicLong(); static volatile long committedSeen;

  public static void main(String[] a) throws Exception {
    boolean tuned = env("TUNED", "0").equals("1"), eos = env("GUARANTEE", "at_least_once").equals("exactly_once_v2");
    long n = Long.parseLong(env("N", "500000")), expect = Long.parseLong(env("EXPECT", "248808"));
    String app = env("APPID", "ks-" + System.currentTimeMillis());
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, app);
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env("BROKER", "127.0.0.1:9092"));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, env("GUARANTEE", "at_least_once"));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Integer.parseInt(env("THREADS", "1")));
    p.put(StreamsConfig.STATE_DIR_CONFIG, env("DATADIR", "peer-state") + "/" + app);
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    if (!env("COMMIT_MS", "").isEmpty()) p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Long.parseLong(env("COMMIT_MS", "")));
    if (!env("LINGER_MS", "").isEmpty()) p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), env("LINGER_MS", ""));
    if (tuned) {
      p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
      p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
      p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
      p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
      p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
      p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
      p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
      p.put(StreamsConfig.METRICS_RECORDING_LEVEL_CONFIG, "INFO");
    }
    Fold.Codec codec = tuned ? Fold.BIN : Fold.JSON;
    Serde<Map<String, Fold.Link>> serde = Serdes.serdeFrom((t, v) -> v == null ? null : codec.enc(v), (t, b) -> b == null ? null : codec.dec(b));
    Topology top = new Topology();
    top.addSource("src", new ByteArrayDeserializer(), new ByteArrayDeserializer(), env("IN", "bench-in"));
    top.addProcessor("fold", FoldProcessor::new, "src");
    top.addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("links"), Serdes.ByteArray(), serde).withCachingEnabled().withLoggingEnabled(Map.of()), "fold");
    top.addSink("sink", env("OUT", "ks-out"), new ByteArraySerializer(), new ByteArraySerializer(), "fold");
    KafkaStreams ks = new KafkaStreams(top, new StreamsConfig(p), new Supplier());
    ks.setUncaughtExceptionHandler(e -> { e.printStackTrace(); Runtime.getRuntime().halt(3); return null; });
    ks.start();
    while (true) {
      Thread.sleep(2);
      if (seen.get() < n) continue;
      if (acked.get() < emitted.get()) continue;
      if (eos && (committedSeen < n)) continue;
      break;
    }
    long f = first.get(), end = eos ? lastCommit : lastAck;
    double cpu = ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    ks.close(); // final flush + commit of state, changelog and offsets
    long closed = System.nanoTime();
    System.out.printf(Locale.ROOT, "RESULT {\"seen\":%d,\"emitted\":%d,\"wall\":%.3f,\"wall_closed\":%.3f,\"cpu_at_end\":%.2f,\"commits\":%d,\"evs_2nd_half\":%.0f}%n",
        seen.get(), emitted.get(), (end - f) / 1e9, (closed - f) / 1e9, cpu, commits.get(), (n - HALF) / ((end - half) / 1e9));
    Utils.delete(new java.io.File(env("DATADIR", "peer-state") + "/" + app));
    System.exit(0);
  }
}
