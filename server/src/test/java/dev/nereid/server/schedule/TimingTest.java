package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.MetricsText;
import dev.nereid.server.observe.ModelMetrics;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.Timing;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What schedulers tell of how an answer came about: to the request that asks, and to the metrics. */
class TimingTest {
    private static final String BATCHER = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: -1 } ";
    private static final Map<String, Parameter> ASKS = Map.of(Timing.PARAMETER, new Parameter.Bool(true));

    private static SchedulerFixture timed(String batching) {
        SchedulerFixture fixture = new SchedulerFixture(1, BATCHER + batching);
        fixture.inputMicros = 10;
        fixture.inferMicros = 100;
        fixture.outputMicros = 5;
        return fixture;
    }

    private static void ask(SchedulerFixture fixture, String id, Map<String, Parameter> parameters) {
        InferRequest.Header header =
                new InferRequest.Header("m", "", id, CorrelationId.NONE, false, false, 0, 0, parameters);
        fixture.submit(header, SchedulerFixture.input("X", Shape.of(1, 2)));
    }

    @Test
    void tellsARequestThatAsksItsTimesItsBatchAndItsInstance() {
        SchedulerFixture fixture = timed("dynamic_batching {}");
        fixture.submit("first");
        fixture.clock.advanceMicros(20);
        ask(fixture, "asks", ASKS);
        fixture.submit("two", 2);
        fixture.clock.advanceMicros(30);
        fixture.finishAll();
        assertThat(fixture.told.get("asks"))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "nereid_queue_ns", new Parameter.Int(145_000),
                        "nereid_compute_input_ns", new Parameter.Int(10_000),
                        "nereid_compute_infer_ns", new Parameter.Int(100_000),
                        "nereid_compute_output_ns", new Parameter.Int(5_000),
                        "nereid_batch_size", new Parameter.Int(3),
                        "nereid_batch_closed_by", new Parameter.Text("queue_empty"),
                        "nereid_instance", new Parameter.Text("i0")));
    }

    @Test
    void tellsNothingToARequestThatDoesNotAsk() {
        SchedulerFixture fixture = timed("");
        fixture.submit("silent");
        ask(fixture, "declines", Map.of(Timing.PARAMETER, new Parameter.Bool(false)));
        fixture.finishAll();
        assertThat(fixture.told.get("silent")).isEmpty();
        assertThat(fixture.told.get("declines")).isEmpty();
    }

    /** Sizes of requests that arrive while the instance is busy; x stands for one of another shape. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dynamic_batching {} | 1 1 | queue_empty",
                "dynamic_batching {} | 4 4 1 | full",
                "dynamic_batching {} | 5 4 | no_room",
                "dynamic_batching {} | 1 x | other_shape",
                "dynamic_batching { preferred_batch_size: 4 } | 2 2 | preferred_size",
                "dynamic_batching { preferred_batch_size: 4 } | 3 3 | no_room",
                "dynamic_batching { max_queue_delay_microseconds: 50 } | 1 1 | delay",
                "dynamic_batching { max_queue_delay_microseconds: 500 } | 1 1 | delay",
                "'' | 1 1 | unbatched"
            })
    void saysWhyABatchWasClosed(String batching, String sizes, String reason) {
        SchedulerFixture fixture = timed(batching);
        fixture.submit("busy", 8);
        for (String size : sizes.split(" ", -1)) {
            if (size.equals("x")) {
                fixture.submit("x", Shape.of(1, 3), 0, 0);
            } else {
                fixture.submit("n", Long.parseLong(size));
            }
        }
        fixture.finish(0);
        fixture.clock.advanceMicros(1000);
        fixture.finish(0);
        Map<BatchClose, Long> closes =
                fixture.statistics.snapshot().scheduling().closes();
        BatchClose first = batching.isEmpty() ? BatchClose.UNBATCHED : BatchClose.FULL;
        long expected = first.text().equals(reason) ? 2 : 1;
        assertThat(closes.entrySet().stream()
                        .filter(entry -> entry.getKey().text().equals(reason))
                        .mapToLong(Map.Entry::getValue)
                        .sum())
                .as("%s", closes)
                .isEqualTo(expected);
    }

    @Test
    void countsRefusedAndDroppedRequestsByTheReason() {
        SchedulerFixture fixture = timed("dynamic_batching { default_queue_policy { max_queue_size: 2 "
                + "default_timeout_microseconds: 400 } }");
        fixture.submit("running");
        fixture.submit("expires");
        fixture.clock.advanceMicros(350);
        fixture.submit("cancelled").cancel();
        fixture.submit("refused");
        fixture.submit("refused-too");
        fixture.clock.advanceMicros(60);
        fixture.finishAll();
        fixture.scheduler.refuse();
        fixture.submit("late");
        assertThat(fixture.statistics.snapshot().scheduling().drops())
                .isEqualTo(Map.of(
                        DropReason.QUEUE_FULL, 2L,
                        DropReason.TIMEOUT, 1L,
                        DropReason.DEADLINE, 0L,
                        DropReason.OVERLOAD, 0L,
                        DropReason.CANCELLED, 1L,
                        DropReason.STOPPING, 1L,
                        DropReason.SEQUENCE, 0L,
                        DropReason.FAILURE, 0L));
    }

    @Test
    void writesDurationsAndBatchSizesAsHistograms() {
        SchedulerFixture fixture = timed("dynamic_batching {}");
        fixture.submit("a");
        fixture.submit("b");
        fixture.submit("c", 4);
        fixture.finishAll();
        String text = new MetricsText()
                .scheduling(List.of(new ModelMetrics(
                        "", "m", "1", Optional.empty(), Map.of(), fixture.statistics.snapshot(), 0, 0, List.of())))
                .toString();
        assertThat(text)
                .contains("# TYPE nereid_queue_duration_us histogram\n")
                .contains("nereid_queue_duration_us_count{model=\"m\",version=\"1\"} 3\n")
                .contains("nereid_queue_duration_us_sum{model=\"m\",version=\"1\"} 230\n")
                .contains("nereid_queue_duration_us_bucket{model=\"m\",version=\"1\",le=\"100\"} 1\n")
                .contains("nereid_queue_duration_us_bucket{model=\"m\",version=\"1\",le=\"250\"} 3\n")
                .contains("# TYPE nereid_request_duration_us histogram\n")
                .contains("nereid_request_duration_us_count{model=\"m\",version=\"1\"} 3\n")
                .contains("# TYPE nereid_compute_duration_us histogram\n")
                .contains("nereid_compute_duration_us_count{model=\"m\",version=\"1\"} 3\n")
                .contains("nereid_batch_size_count{model=\"m\",version=\"1\"} 2\n")
                .contains("nereid_batch_size_sum{model=\"m\",version=\"1\"} 6\n")
                .contains("nereid_batch_size_bucket{model=\"m\",version=\"1\",le=\"1\"} 1\n")
                .contains("nereid_batch_size_bucket{model=\"m\",version=\"1\",le=\"4\"} 1\n")
                .contains("nereid_batch_size_bucket{model=\"m\",version=\"1\",le=\"8\"} 2\n")
                .contains("nereid_batch_size_bucket{model=\"m\",version=\"1\",le=\"+Inf\"} 2\n")
                .contains("nereid_batch_closed_total{model=\"m\",reason=\"queue_empty\",version=\"1\"} 2\n")
                .contains("nereid_request_dropped_total{model=\"m\",reason=\"queue_full\",version=\"1\"} 0\n");
    }
}
