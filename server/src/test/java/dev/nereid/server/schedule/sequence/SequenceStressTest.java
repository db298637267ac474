package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients on threads of their own send sequences, cancel, go silent and stop in the middle of a shutdown; the instances
 * check what they are given. Runs for {@code -Dnereid.test.stress.seconds} (2), from the seed {@code
 * -Dnereid.test.stress.seed} where it is given.
 */
@Tag("soak")
class SequenceStressTest {
    private static final String STATE =
            "state { input_name: 'IN' output_name: 'OUT' data_type: TYPE_INT32 dims: 1 } " + SequenceFixture.FLAGS
                    + "control_input { name: 'ID' control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } } ";
    private static final int CLIENTS = 4;
    private static final int IDS = 6;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    /** One sequence as its client sent it. */
    private final class Sent {
        private final String name;
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger lastExecuted = new AtomicInteger(-1);
        private volatile int state;

        private Sent(String name) {
            this.name = name;
        }

        void begin(int step, int stateRead) {
            if (running.getAndIncrement() != 0) {
                faults.add(name + ": two requests run at a time");
            }
            if (lastExecuted.getAndSet(step) >= step) {
                faults.add(name + ": request " + step + " ran out of order");
            }
            if (step == 0 ? stateRead != 0 : stateRead != state) {
                faults.add(name + ": request " + step + " read " + stateRead + " where " + state + " was written");
            }
        }

        void end(int written) {
            state = written;
            running.decrementAndGet();
        }
    }

    /** One request and what came of it. */
    private static final class Answer implements ResponseSink {
        private final AtomicInteger finals = new AtomicInteger();
        private volatile String text = "";

        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            if (last) {
                finish("ok");
            }
        }

        @Override
        public void fail(InferException error) {
            finish(error.code() + " " + error.text());
        }

        @Override
        public void end() {
            finish("ok");
        }

        private void finish(String what) {
            text = what;
            finals.incrementAndGet();
        }
    }

    /** Answers at once, later on another thread, or not at all because it breaks. */
    private final class Instance implements ModelInstance {
        private final Random random;
        private final ExecutorService later;
        private final Map<String, Sent> sequences;

        private Instance(Random random, ExecutorService later, Map<String, Sent> sequences) {
            this.random = random;
            this.later = later;
            this.sequences = sequences;
        }

        @Override
        public void execute(Batch batch) {
            int fate = random.nextInt(20);
            for (Execution execution : batch.executions()) {
                String id = execution.request().header().id();
                if (id.isEmpty()) {
                    if (number(execution, "IN") != 0 || !execution.states().isEmpty()) {
                        faults.add("padding has the state of a sequence");
                    }
                    continue;
                }
                int dash = id.lastIndexOf('-');
                Sent sent = Objects.requireNonNull(sequences.get(id.substring(0, dash)));
                int read = number(execution, "IN");
                sent.begin(Integer.parseInt(id.substring(dash + 1)), read);
                if (fate == 0) {
                    sent.end(read);
                } else if (fate < 4) {
                    later.execute(() -> answer(execution, sent, read));
                } else {
                    answer(execution, sent, read);
                }
            }
            if (fate == 0) {
                throw InferException.internal("the model is broken");
            }
        }

        private void answer(Execution execution, Sent sent, int read) {
            ImplicitState state = execution.states().getFirst();
            state.write(number(read + 1));
            state.update();
            sent.end(read + 1);
            SequenceFixture.answer(execution);
        }

        @Override
        public void close() {}
    }

    private static int number(Execution execution, String name) {
        return execution.input(name).orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
    }

    private static Tensor number(int value) {
        MemorySegment segment = Arena.ofAuto().allocate(Integer.BYTES);
        segment.set(ValueLayout.JAVA_INT, 0, value);
        return Tensor.of(DataType.INT32, Shape.of(1, 1), segment);
    }

    @Test
    void answersEveryRequestOnceAndInOrder() throws InterruptedException {
        long seed = Long.getLong("nereid.test.stress.seed", 42);
        System.out.println("sequence stress: -Dnereid.test.stress.seed=" + seed);
        Random random = new Random(seed);
        long end = System.nanoTime() + Long.getLong("nereid.test.stress.seconds", 2) * 1_000_000_000;
        int requests = 0;
        int answered = 0;
        long before = NativeMemory.liveBytes();
        do {
            Map<String, Answer> answers = new ConcurrentHashMap<>();
            StatisticsSnapshot statistics = round(random, answers);
            requests += answers.size();
            answered += (int) statistics.success().count();
            assertThat(faults).isEmpty();
            assertThat(answers)
                    .allSatisfy((id, answer) -> assertThat(answer.finals)
                            .as("answers to %s: %s", id, answer.text)
                            .hasValue(1));
            assertThat(statistics.success().count() + statistics.fail().count()).isEqualTo(answers.size());
            assertThat(statistics.pendingCount()).isZero();
            assertThat(NativeMemory.liveBytes()).isEqualTo(before);
        } while (System.nanoTime() - end < 0);
        assertThat(answered).isPositive();
        System.out.println("sequence stress: " + requests + " requests, " + answered + " of them computed");
    }

    /** One scheduler from its start to its end. */
    private StatisticsSnapshot round(Random random, Map<String, Answer> answers) throws InterruptedException {
        String strategy = switch (random.nextInt(4)) {
            case 0 -> "direct {}";
            case 1 -> "direct { minimum_slot_utilization: 0.6 max_queue_delay_microseconds: 300 }";
            case 2 -> "oldest { max_candidate_sequences: 2 preserve_ordering: true }";
            default ->
                "oldest { max_candidate_sequences: 5 preferred_batch_size: 2 " + "max_queue_delay_microseconds: 300 }";
        };
        String config = "max_batch_size: " + (1 + random.nextInt(4))
                + " input { name: 'X' data_type: TYPE_INT32 dims: 1 } sequence_batching { "
                + "max_sequence_idle_microseconds: " + (1000 + random.nextInt(10_000)) + " " + STATE + strategy + " }";
        Map<String, Sent> sequences = new ConcurrentHashMap<>();
        ModelStatistics statistics = new ModelStatistics(StatisticsOptions.of(true));
        List<Thread> before = List.copyOf(Thread.getAllStackTraces().keySet());
        try (ExecutorService later = Executors.newSingleThreadExecutor()) {
            List<Lane> lanes = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                Instance instance = new Instance(new Random(random.nextLong()), later, sequences);
                lanes.add(Schedulers.lane(instance, "stress-" + i, Turn.FREE));
            }
            SequenceScheduler scheduler = SequenceScheduler.of(
                    SequenceFixture.config(config),
                    Path.of("."),
                    lanes,
                    statistics,
                    Clock.system(),
                    new SchedulerHold(0, 0));
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String name = "client" + i;
                long clientSeed = random.nextLong();
                clients.add(Thread.ofPlatform()
                        .name(name)
                        .start(() -> client(name, new Random(clientSeed), scheduler, sequences, answers)));
            }
            LockSupport.parkNanos(random.nextInt(60_000_000));
            scheduler.close();
            assertThat(scheduler.memoryBytes()).isZero();
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread) && thread.isAlive())
                .filteredOn(thread -> thread.getName().startsWith("stress-"))
                .isEmpty();
        return statistics.snapshot();
    }

    /** Sends sequences of its own, ids shared with nobody, until the scheduler takes no more. */
    private void client(
            String name,
            Random random,
            SequenceScheduler scheduler,
            Map<String, Sent> sequences,
            Map<String, Answer> answers) {
        int base = 1 + IDS * (name.charAt(name.length() - 1) - '0');
        for (int incarnation = 0; incarnation < 10_000; incarnation++) {
            String sequence = name + "." + incarnation;
            sequences.put(sequence, new Sent(sequence));
            CorrelationId id = new CorrelationId.Numeric(base + random.nextInt(IDS));
            int length = 1 + random.nextInt(6);
            boolean ends = random.nextInt(4) > 0;
            Answer answer = new Answer();
            for (int step = 0; step < length; step++) {
                answer = new Answer();
                answers.put(sequence + "-" + step, answer);
                InferRequest request = new InferRequest(
                        new InferRequest.Header(
                                "m",
                                "",
                                sequence + "-" + step,
                                id,
                                step == 0,
                                ends && step == length - 1,
                                0,
                                random.nextInt(3) == 0 ? 500 : 0,
                                Map.of()),
                        List.of(new InputTensor("X", number(step))),
                        List.of(),
                        List.of(),
                        System.nanoTime());
                if (random.nextInt(25) == 0) {
                    request.cancel();
                }
                scheduler.submit(request, answer);
                if (step == 0 && answer.text.contains("Server is stopping")) {
                    // What follows would belong to an earlier sequence of the id, if that is still open.
                    return;
                }
                if (random.nextInt(30) == 0) {
                    request.cancel();
                }
                if (random.nextInt(40) == 0) {
                    LockSupport.parkNanos(random.nextInt(12_000_000));
                }
            }
            if (random.nextInt(3) > 0) {
                while (answer.finals.get() == 0) {
                    Thread.onSpinWait();
                    LockSupport.parkNanos(10_000);
                }
            }
        }
    }
}
