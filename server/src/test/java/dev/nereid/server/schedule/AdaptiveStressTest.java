package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.Shape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several models on one device, with real threads: nothing is lost, answered twice or stuck. */
@Tag("soak")
class AdaptiveStressTest {
    private static final int MODELS = 3;
    private static final int CLIENTS = 3;
    private static final int REQUESTS = 1_500;

    private final CountDownLatch open = new CountDownLatch(MODELS * CLIENTS * REQUESTS);
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();

    /** Takes some microseconds, and notes how many batches run beside it. */
    private final class BusyInstance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            LockSupport.parkNanos(50_000L + 5_000L * batch.executions().size());
            atOnce.decrementAndGet();
            batch.executions().forEach(execution -> SchedulerFixture.respond(execution, true));
        }

        @Override
        public void close() {}
    }

    private static final class OneAnswer implements ResponseSink {
        private final AtomicInteger answers = new AtomicInteger();
        private final CountDownLatch open;

        private OneAnswer(CountDownLatch open) {
            this.open = open;
        }

        private void answered() {
            answers.incrementAndGet();
            open.countDown();
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            answered();
        }

        @Override
        public void fail(InferException error) {
            answered();
        }

        @Override
        public void end() {
            answered();
        }
    }

    @Test
    @Timeout(120)
    void everyRequestOfEveryModelIsAnsweredOnce() throws InterruptedException {
        SharedDevice device = new SharedDevice();
        List<Scheduler> schedulers = new ArrayList<>();
        List<ModelStatistics> statistics = new ArrayList<>();
        for (int i = 0; i < MODELS; i++) {
            ModelConfig config = SchedulerFixture.config(
                    "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching { }"
                            + " parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } }"
                            + " parameters { key: 'scheduler.slo_ms' value { string_value: '" + (5 + 20 * i) + "' } }");
            statistics.add(new ModelStatistics(StatisticsOptions.of(false)));
            Lane lane = Schedulers.lane(new BusyInstance(), "stress-" + i, Turn.FREE);
            schedulers.add(Schedulers.of(config, List.of(lane), statistics.getLast(), Clock.system(), device));
        }
        List<OneAnswer> answers = submitAll(schedulers);
        assertThat(open.await(60, TimeUnit.SECONDS)).as("all are answered").isTrue();
        schedulers.forEach(Scheduler::close);

        assertThat(answers).allMatch(answer -> answer.answers.get() == 1);
        assertThat(mostAtOnce).hasValue(1);
        for (ModelStatistics each : statistics) {
            StatisticsSnapshot snapshot = each.snapshot();
            assertThat(snapshot.success().count() + snapshot.fail().count()).isEqualTo(CLIENTS * REQUESTS);
            assertThat(snapshot.pendingCount()).isZero();
        }
    }

    private List<OneAnswer> submitAll(List<Scheduler> schedulers) throws InterruptedException {
        List<OneAnswer> answers = new ArrayList<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < schedulers.size() * CLIENTS; i++) {
            Scheduler scheduler = schedulers.get(i % schedulers.size());
            Random random = new Random(i);
            List<OneAnswer> own = new ArrayList<>();
            for (int j = 0; j < REQUESTS; j++) {
                own.add(new OneAnswer(open));
            }
            answers.addAll(own);
            clients.add(Thread.ofPlatform()
                    .start(() -> own.forEach(answer -> {
                        InferRequest request = request(random);
                        scheduler.submit(request, answer);
                        if (random.nextInt(10) == 0) {
                            request.cancel();
                        }
                        LockSupport.parkNanos(random.nextInt(200_000));
                    })));
        }
        for (Thread client : clients) {
            client.join(Duration.ofSeconds(60));
        }
        return answers;
    }

    private static InferRequest request(Random random) {
        long timeoutMicros = random.nextInt(4) == 0 ? 1 + random.nextInt(3_000) : 0;
        InferRequest.Header header =
                new InferRequest.Header("m", "", "", CorrelationId.NONE, false, false, 0, timeoutMicros, Map.of());
        Shape shape = Shape.of(1 + random.nextInt(3), 2);
        return new InferRequest(
                header, List.of(SchedulerFixture.input("X", shape)), List.of(), List.of(), System.nanoTime());
    }
}
