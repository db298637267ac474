package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Runs of models that are cancelled, for tests. */
public final class CancelledRuns {
    private CancelledRuns() {}

    /** Requested from the so-many-th time on that it is asked. */
    static final class AtAsk implements Cancellation {
        private final long most;
        private long asked;

        AtAsk(long most) {
            this.most = most;
        }

        @Override
        public boolean isRequested() {
            asked++;
            return asked >= most;
        }
    }

    static RunResult run(LoadedModel model, Cancellation cancellation, Tensor... inputs) {
        return model.run(List.of(inputs), Workers.single(), DeviceTurn.ALONE, cancellation);
    }

    /** The outputs of a run that is not cancelled, as texts. */
    public static List<String> outputs(LoadedModel model, Tensor... inputs) {
        try (RunResult result = run(model, Cancellation.NEVER, inputs)) {
            return result.outputs().stream().map(Tensors::text).toList();
        }
    }

    /**
     * Cancels a run at each place where it asks; between these runs others go to their end.
     *
     * @param pool of the model's frames
     */
    public static void checkAnywhere(LoadedModel model, SlabPool pool, Tensor... inputs) {
        List<String> expected = outputs(model, inputs);
        long used = pool.usedBytes();
        long most = 1;
        for (boolean cancelled = true; cancelled; most++) {
            AtAsk cancellation = new AtAsk(most);
            try (RunResult result = run(model, cancellation, inputs)) {
                assertThat(result.outputs().stream().map(Tensors::text)).isEqualTo(expected);
                cancelled = false;
            } catch (CancellationException e) {
                assertThat(cancellation.asked).isEqualTo(most);
            }
            assertThat(pool.usedBytes()).isEqualTo(used);
            assertThat(outputs(model, inputs)).isEqualTo(expected);
        }
        assertThat(most).as("places where a run can be cancelled").isGreaterThan(2);
    }
}
