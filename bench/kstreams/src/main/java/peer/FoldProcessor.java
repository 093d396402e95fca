package peer;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Folds an event into its video's links and forwards a change where a count changed. */
final class FoldProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "links";
  static final AtomicLong SEEN = new AtomicLong();

  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], Map<String, Fold.Link>> store;

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    this.store = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    try {
      if (SEEN.getAndIncrement() == 0) App.say("BEGIN");
      Fold.Event event = Fold.EVENT.readValue(record.value());
      Map<String, Fold.Link> links = store.get(record.key());
      long before = Fold.summ(links);
      links = Fold.fold(links, event);
      store.put(record.key(), links);
      long after = Fold.summ(links);
      if (after != before) {
        var change = new Fold.Change(event.video_id, (int) (after >> 32), (int) after, new int[] {(int) (before >> 32), (int) before});
        context.forward(record.withValue(Fold.CHANGE.writeValueAsBytes(change)));
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
