package dev.nereid.server.backend.plan;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.server.backend.PadElement;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether a model ignores the padding of texts, as its config promises: runs a made-up text alone, and beside one
 * that is twice as long. Warns if the answers point elsewhere; a model that cannot digest made-up texts is taken at its
 * config's word.
 */
final class PaddingCheck {
    private static final long SHORT = 8;
    private static final long LONG = 2 * SHORT;

    /**
     * The least cosine of two answers that count as the same. A model that takes its scales from all numbers of a batch stays
     * above, one whose mask is missing falls below.
     */
    private static final double LEAST_COSINE = 0.95;

    /** By how much their lengths as vectors may differ. */
    private static final double MOST_STRETCH = 0.2;

    private static final Duration MOST_TIME = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(PaddingCheck.class);

    private final PlanModel model;
    private final LoadedModel loaded;
    private final List<SlabPool.Slab> slabs = new ArrayList<>();

    PaddingCheck(PlanModel model, LoadedModel loaded) {
        this.model = model;
        this.loaded = loaded;
    }

    void run() {
        // Nobody can make up a tensor of which the file says no shape.
        if (loaded.inputs().stream().allMatch(port -> port.type().hasRank())) {
            model.padding().ifPresent(this::run);
        }
    }

    private void run(PaddedTexts texts) {
        Cancellation cancellation = Cancellation.after(MOST_TIME);
        try (RunResult alone = model.run(loaded, inputs(false), cancellation);
                RunResult beside = model.run(loaded, inputs(true), cancellation)) {
            for (PlanOutput output : model.outputs()) {
                Tensor expected = alone.outputs().get(output.index());
                Tensor rows = beside.outputs().get(output.index());
                Tensor row = output.rows(rows, 0, 1, 2);
                Tensor got = texts.own(output.name(), row, texts.lengths(SHORT), model.memory(), slabs);
                if (expected.dataType() == DataType.FP32) {
                    compare(output.name(), expected, got);
                }
            }
        } catch (CancellationException _) {
            LOG.info(
                    "model '{}': its padding is not tried, for a run takes more than {} s",
                    model.name(),
                    MOST_TIME.toSeconds());
        } catch (ExecutionException | InferException | NoMemoryException | ArithmeticException e) {
            LOG.debug("model '{}': its padding is not tried, for it does not take made-up inputs", model.name(), e);
        } finally {
            slabs.forEach(SlabPool.Slab::close);
        }
    }

    /** One short text, and a long one beside it if {@code two}. */
    private List<Tensor> inputs(boolean two) {
        List<Tensor> inputs = new ArrayList<>();
        for (LoadedModel.Port port : loaded.inputs()) {
            PlanInput input = model.inputs().stream()
                    .filter(each -> each.name().equals(port.name()))
                    .findFirst()
                    .orElseThrow();
            List<Tensor> parts = new ArrayList<>(List.of(ones(port, SHORT)));
            if (two) {
                parts.add(ones(port, input.padding().isPresent() ? LONG : SHORT));
            }
            inputs.add(input.join(parts, model.memory(), slabs));
        }
        return inputs;
    }

    /** One text of ones: a token, a mask that shows it, a number. */
    private Tensor ones(LoadedModel.Port port, long tokens) {
        Shape shape = Shape.of(port.type().dims().orElseThrow().stream()
                .mapToLong(dim -> dim.isKnown() ? dim.value() : tokens)
                .toArray());
        Tensor tensor = PaddedRows.blank(port.type().dataType(), shape.withDim(0, 1), model.memory(), slabs);
        PadElement.of(port.type().dataType(), "1").orElseThrow().fill(tensor);
        return tensor;
    }

    private void compare(String output, Tensor expected, Tensor got) {
        double product = 0;
        double squares = 0;
        double others = 0;
        boolean alike = expected.shape().equals(got.shape());
        for (long i = 0; alike && i < expected.shape().elements(); i++) {
            double a = expected.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            double b = got.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            product += a * b;
            squares += a * a;
            others += b * b;
        }
        if (alike && squares == 0 && others == 0) {
            return;
        }
        double cosine = product / Math.sqrt(squares * others);
        double stretch = Math.sqrt(others / squares);
        // Not a number is no agreement.
        if (!(cosine >= LEAST_COSINE && Math.abs(stretch - 1) <= MOST_STRETCH)) {
            LOG.warn(
                    "model '{}': output '{}' of a text is another when the text is padded (shape {} and {}, cosine {}, length "
                            + "{}); parameter '{}' promises that the model ignores padding: does it lack a mask?",
                    model.name(),
                    output,
                    expected.shape(),
                    got.shape(),
                    String.format(Locale.ROOT, "%.3f", cosine),
                    String.format(Locale.ROOT, "%.3f", stretch),
                    TextPadding.PARAMETER);
        }
    }
}
