package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the sequence batcher tells the metrics of its batches and of what it drops. */
class SequenceTimingTest {
    private static List<BatchClose> closes(SequenceFixture fixture) {
        Map<BatchClose, Long> closes =
                fixture.statistics.snapshot().scheduling().closes();
        return List.of(BatchClose.values()).stream()
                .filter(reason -> closes.getOrDefault(reason, 0L) > 0)
                .toList();
    }

    @Test
    void saysThatSlotsWereFilledOrThatTheDelayWasOver() {
        SequenceFixture fixture =
                new SequenceFixture(1, 4, "direct { minimum_slot_utilization: 1 max_queue_delay_microseconds: 100 }");
        fixture.start("a", 1);
        fixture.clock.advanceMicros(100);
        fixture.finishAll();
        assertThat(closes(fixture)).containsExactly(BatchClose.DELAY);
        SequenceFixture filled = new SequenceFixture(1, 4, "direct {}");
        filled.start("a", 1);
        filled.finishAll();
        assertThat(closes(filled)).containsExactly(BatchClose.SLOTS);
    }

    @Test
    void saysWhyABatchOfTheOldestStrategyWasClosed() {
        SequenceFixture fixture = new SequenceFixture(1, 2, "oldest { max_candidate_sequences: 4 }");
        fixture.start("a", 1);
        fixture.start("b", 2);
        fixture.start("c", 3);
        fixture.finishAll();
        assertThat(closes(fixture)).containsExactly(BatchClose.FULL, BatchClose.QUEUE_EMPTY);
    }

    @Test
    void countsRequestsThatDoNotFitTheirSequence() {
        SequenceFixture fixture = new SequenceFixture(1, 2, "direct {}");
        fixture.next("unknown", 7);
        fixture.scheduler.refuse();
        fixture.start("late", 1);
        assertThat(fixture.statistics.snapshot().scheduling().drops())
                .containsEntry(DropReason.SEQUENCE, 1L)
                .containsEntry(DropReason.STOPPING, 1L);
    }
}
