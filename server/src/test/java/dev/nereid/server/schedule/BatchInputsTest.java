package dev.nereid.server.schedule;

import static dev.nereid.server.schedule.SchedulerFixture.input;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which requests the dynamic batcher lets share a batch, by their inputs. */
class BatchInputsTest {
    private static final Shape ONE = Shape.of(1, 2);

    private static SchedulerFixture fixture(String inputs) {
        SchedulerFixture fixture = new SchedulerFixture(1, "max_batch_size: 8 " + inputs + " dynamic_batching {}");
        fixture.submit("busy");
        return fixture;
    }

    private static List<List<String>> batches(SchedulerFixture fixture) {
        fixture.finishAll();
        return fixture.batches.subList(1, fixture.batches.size());
    }

    @Test
    @Statement(34)
    void comparesShapeTensorsByShapeAndContent() {
        SchedulerFixture fixture = fixture("input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                + "input { name: 'SHAPE' data_type: TYPE_INT32 dims: -1 is_shape_tensor: true }");
        fixture.submit("a", 0, 0, input("X", ONE), input("SHAPE", Shape.of(2), 3, 4));
        fixture.submit("b", 0, 0, input("X", ONE), input("SHAPE", Shape.of(2), 3, 4));
        fixture.submit("content", 0, 0, input("X", ONE), input("SHAPE", Shape.of(2), 3, 5));
        fixture.submit("shape", 0, 0, input("X", ONE), input("SHAPE", Shape.of(1), 3));
        assertThat(batches(fixture)).containsExactly(List.of("a", "b"), List.of("content"), List.of("shape"));
    }

    @Test
    @Statement(35)
    void letsRequestsShareABatchOnlyIfTheySupplyTheSameInputs() {
        SchedulerFixture fixture = fixture("input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                + "input { name: 'EXTRA' data_type: TYPE_INT32 dims: 2 optional: true }");
        fixture.submit("a", 0, 0, input("X", ONE));
        fixture.submit("b", 0, 0, input("X", ONE));
        fixture.submit("with", 0, 0, input("X", ONE), input("EXTRA", ONE));
        fixture.submit("also", 0, 0, input("EXTRA", ONE), input("X", ONE));
        fixture.submit("c", 0, 0, input("X", ONE));
        assertThat(batches(fixture)).containsExactly(List.of("a", "b"), List.of("with", "also"), List.of("c"));
    }

    @Test
    @Statement({33, 36})
    void handsRaggedRequestsOverWithTheirOwnShapes() {
        SchedulerFixture fixture =
                fixture("input { name: 'X' data_type: TYPE_INT32 dims: -1 allow_ragged_batch: true }");
        List<Shape> shapes = new ArrayList<>();
        fixture.answering = batch -> batch.executions().forEach(execution -> {
            shapes.add(execution.request().inputs().getFirst().tensor().shape());
            SchedulerFixture.respond(execution, true);
        });
        fixture.submit("a", Shape.of(1, 3), 0, 0);
        fixture.submit("b", Shape.of(2, 5), 0, 0);
        assertThat(batches(fixture)).containsExactly(List.of("a", "b"));
        assertThat(shapes).containsExactly(ONE, Shape.of(1, 3), Shape.of(2, 5));
    }

    @Test
    @Statement(3)
    void countsARequestAsOneWhereTheModelDoesNotBatch() {
        SchedulerFixture fixture = new SchedulerFixture(1, "input { name: 'X' data_type: TYPE_INT32 dims: [ -1, 2 ] }");
        fixture.submit("a", Shape.of(5, 2), 0, 0);
        fixture.finishAll();
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(1);
        assertThat(fixture.statistics.snapshot().batches()).containsOnlyKeys(1L);
    }
}
