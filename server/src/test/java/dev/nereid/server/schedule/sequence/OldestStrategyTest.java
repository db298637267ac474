package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Execution;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OldestStrategyTest {
    private static SequenceFixture busy(String oldest) {
        SequenceFixture fixture = new SequenceFixture(1, 4, "oldest { max_candidate_sequences: 16 " + oldest + " }");
        fixture.start("busy", 99);
        if (fixture.busy() == 0) {
            fixture.clock.advanceMicros(1000);
        }
        assertThat(fixture.busy()).isEqualTo(1);
        return fixture;
    }

    private static List<String> finish(SequenceFixture fixture) {
        fixture.finishAll();
        return fixture.runs.subList(1, fixture.runs.size());
    }

    @Test
    @Statement(81)
    void mixesSequencesInTheOrderOfArrivalWithoutPadding() {
        SequenceFixture fixture = busy("");
        fixture.start("b", 2);
        fixture.start("a", 1);
        fixture.start("c", 3);
        assertThat(finish(fixture)).containsExactly("0: b a c");
    }

    @Test
    @Statement(81)
    void hasOneRequestOfASequenceAtATime() {
        SequenceFixture fixture = busy("");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.start("b1", 2);
        assertThat(finish(fixture)).containsExactly("0: a1 b1", "0: a2");
    }

    @Test
    @Statement(81)
    void takesASequencesNextRequestWhenTheOneBeforeIsAnswered() {
        SequenceFixture fixture = busy("");
        List<Execution> held = new ArrayList<>();
        fixture.behaviour = held::add;
        fixture.start("a1", 1);
        fixture.finishAll();
        fixture.next("a2", 1);
        assertThat(fixture.busy()).isZero();
        // The instance is free for others meanwhile.
        fixture.start("b1", 2);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finishAll();
        held.forEach(SequenceFixture::answer);
        assertThat(finish(fixture)).containsExactly("0: a1", "0: b1", "0: a2");
    }

    @Test
    @Statement({63, 81})
    void freesASlotWhenTheEndIsDone() {
        SequenceFixture fixture = new SequenceFixture(1, 4, "oldest { max_candidate_sequences: 1 }");
        List<Execution> held = new ArrayList<>();
        fixture.behaviour = held::add;
        fixture.request("a").of(1).start().end().submit();
        fixture.request("b").of(2).start().end().submit();
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a");
        SequenceFixture.answer(held.getFirst());
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a", "0: b");
    }

    @Test
    @Statement({81, 83})
    void sendsAPreferredSizeFirst() {
        SequenceFixture fixture = busy("preferred_batch_size: [ 2 ]");
        for (int i = 1; i <= 3; i++) {
            fixture.start("s" + i, i);
        }
        assertThat(finish(fixture)).containsExactly("0: s1 s2", "0: s3");
    }

    @Test
    @Statement({81, 83})
    void prefersTheMaximumUnlessToldOtherwise() {
        SequenceFixture fixture = busy("max_queue_delay_microseconds: 500");
        for (int i = 1; i <= 5; i++) {
            fixture.start("s" + i, i);
        }
        fixture.finish(0);
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finish(0);
        assertThat(fixture.runs).endsWith("0: s1 s2 s3 s4");
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(500);
        assertThat(finish(fixture)).containsExactly("0: s1 s2 s3 s4", "0: s5");
    }

    @Test
    @Statement(81)
    void waitsForTheDelayFromWhenARequestCouldHaveRun() {
        SequenceFixture fixture =
                new SequenceFixture(1, 4, "oldest { max_candidate_sequences: 16 max_queue_delay_microseconds: 500 }");
        fixture.start("a1", 1);
        fixture.next("a2", 1);
        fixture.clock.advanceMicros(499);
        assertThat(fixture.busy()).isZero();
        fixture.clock.advanceMicros(1);
        fixture.finish(0);
        // a2 became ready with the answer of a1, just now.
        fixture.clock.advanceMicros(499);
        assertThat(fixture.busy()).isZero();
        fixture.start("b1", 2);
        fixture.clock.advanceMicros(1);
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: a1", "0: a2 b1");
    }

    @Test
    @Statement(81)
    void answersInOrderWhereOrderingIsPreserved() {
        SequenceFixture fixture = busy("preserve_ordering: true");
        List<Execution> held = new ArrayList<>();
        fixture.behaviour = held::add;
        for (String id : List.of("c", "a", "b")) {
            fixture.start(id, id.charAt(0) - 96);
        }
        fixture.finishAll();
        held.reversed().forEach(SequenceFixture::answer);
        assertThat(fixture.answers.keySet()).containsExactly("busy", "c", "a", "b");
    }

    @Test
    void mayAllowMoreSequencesThanThereIsMemoryFor() {
        SequenceFixture fixture =
                new SequenceFixture(2, 4, "oldest { max_candidate_sequences: " + Integer.MAX_VALUE + " }");
        for (int i = 1; i <= 6; i++) {
            fixture.start("s" + i, i);
        }
        fixture.finishAll();
        assertThat(fixture.runs).containsExactly("0: s1", "1: s2", "0: s3 s5", "1: s4 s6");
    }
}
