package dev.nereid.perf.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.perf.client.HeldTransport;
import dev.nereid.perf.client.Payload;
import dev.nereid.perf.load.RequestSource.Next;
import dev.nereid.perf.load.SessionLoop.Turn;
import dev.nereid.perf.measure.Recorder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Loads over a transport whose requests the test answers one by one. */
class LoopsTest {
    private final HeldTransport transport = new HeldTransport();
    private final Recorder recorder = new Recorder();
    private final RequestSource source = slot -> new Next(payload("slot " + slot), false);

    private static Payload payload(String name) {
        return new HeldTransport.Named(name);
    }

    @Test
    void periodicLoadGrowsWhenAllOfTheLastSetHaveGoneFarEnough() {
        PeriodicLoop load = new PeriodicLoop(transport, source, recorder, new PeriodicLoop.Growth(2, 3, 6, 2));
        load.start();
        assertThat(transport.sent()).isEqualTo(2);
        transport.respond(0);
        transport.respond(0);
        transport.respond(1);
        assertThat(transport.sent()).isEqualTo(2);
        transport.respond(1);
        assertThat(transport.sent()).isEqualTo(5);
        transport.succeed(0);
        transport.succeed(2);
        transport.fail(3);
        assertThat(transport.sent()).isEqualTo(5);
        transport.succeed(4);
        assertThat(transport.sent()).isEqualTo(6);
        transport.succeed(1);
        assertThat(load.isExhausted()).isFalse();
        transport.succeed(5);
        assertThat(load.isExhausted()).isTrue();
        Recorder.Drained drained = recorder.drain();
        assertThat(drained.samples().size()).isEqualTo(5);
        assertThat(drained.failures()).hasSize(1);
        load.stop(1);
    }

    @Test
    void sessionsTakeTheirTurnsOneAfterTheOther() throws Exception {
        List<List<Turn>> sessions = List.of(
                List.of(
                        new Turn(payload("a1"), 0),
                        new Turn(payload("a2"), TimeUnit.MILLISECONDS.toNanos(1)),
                        new Turn(payload("a3"), 0)),
                List.of(new Turn(payload("b1"), 0)),
                List.of(new Turn(payload("c1"), 0)));
        SessionLoop load = new SessionLoop(transport, recorder, sessions, 2);
        load.start();
        assertThat(transport.names()).containsExactly("a1", "b1");
        transport.succeed(1);
        assertThat(transport.names()).containsExactly("a1", "b1", "c1");
        transport.fail(0);
        assertThat(transport.names()).containsExactly("a1", "b1", "c1", "a2");
        transport.succeed(3);
        transport.awaitSent(5);
        assertThat(transport.names()).last().isEqualTo("a3");
        transport.succeed(2);
        transport.succeed(4);
        assertThat(load.isExhausted()).isTrue();
        load.stop(1);
    }

    @Test
    void serialSequencesNeverHaveTwoRequestsUnderWay() throws Exception {
        OpenLoop load =
                new OpenLoop(transport, source, recorder, Schedule.constant(1e6), new OpenLoop.Bounds(2, true, 100, 4));
        load.start();
        transport.awaitSent(2);
        assertThat(transport.names()).containsExactly("slot 0", "slot 1");
        transport.succeed(1);
        transport.awaitSent(3);
        assertThat(transport.names()).containsExactly("slot 0", "slot 1", "slot 1");
        transport.succeed(0);
        transport.awaitSent(4);
        assertThat(transport.names()).last().isEqualTo("slot 0");
        transport.succeed(2);
        transport.succeed(3);
        assertThat(load.isExhausted()).isTrue();
        load.stop(1);
    }

    @Test
    void closedLoopThatIsStoppedWaitsForNobodyInVain() throws Exception {
        ClosedLoop load = new ClosedLoop(transport, source, recorder, 3, 0);
        load.start();
        assertThat(transport.sent()).isEqualTo(3);
        Thread stopping = Thread.ofPlatform().start(() -> load.stop(60));
        while (stopping.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 3; i++) {
            transport.succeed(i);
        }
        assertThat(stopping.join(java.time.Duration.ofSeconds(20))).isTrue();
        assertThat(transport.sent()).isEqualTo(3);
    }

    @Test
    void givenTimesAreKeptOnce() {
        Schedule schedule = Schedule.at(List.of(5L, 7L, 12L));
        assertThat(List.of(schedule.nextGap(), schedule.nextGap(), schedule.nextGap()))
                .containsExactly(5L, 2L, 5L);
    }
}
