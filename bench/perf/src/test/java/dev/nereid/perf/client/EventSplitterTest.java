package dev.nereid.perf.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventSplitterTest {
    private final List<String> events = new ArrayList<>();
    private final EventSplitter splitter =
            new EventSplitter(event -> events.add(new String(event, StandardCharsets.UTF_8)));

    @Test
    void eventsEndWithAnEmptyLineWhereverTheBytesAreSplit() {
        byte[] all = "data: a\n\nevent: x\ndata: grüße\n\n\ndata: c\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        for (int split = 0; split <= all.length; split++) {
            events.clear();
            splitter.reset();
            splitter.take(Arrays.copyOf(all, split));
            splitter.take(Arrays.copyOfRange(all, split, all.length));
            splitter.end();
            assertThat(events).as("split at %s", split).hasSize(3).element(1).isEqualTo("event: x\ndata: grüße\n\n");
            assertThat(events.getLast()).endsWith("data: c\r\n\r\n");
        }
    }

    @Test
    void whatIsLeftAtTheEndIsAnEvent() {
        splitter.take("data: a\n\ndata: b".getBytes(StandardCharsets.UTF_8));
        assertThat(events).hasSize(1);
        splitter.end();
        splitter.end();
        assertThat(events).containsExactly("data: a\n\n", "data: b");
    }

    @Test
    void anEventWithoutEndIsHandedOnInPieces() {
        splitter.take(new byte[3 << 20]);
        splitter.end();
        assertThat(events).hasSize(3);
    }
}
