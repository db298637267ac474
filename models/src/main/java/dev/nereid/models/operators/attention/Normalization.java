package dev.nereid.models.operators.attention;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.nn.LayerNormalization;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The normalisations that ONNX Runtime's exporters and optimiser write: com.microsoft.SkipLayerNormalization and
 * SkipSimplifiedLayerNormalization, {@code y = norm(x + skip + bias) * scale + shift}, and SimplifiedLayerNormalization,
 * which has neither skip nor bias. The simplified ones divide by the root of the mean square, without a shift.
 *
 * <p>Inputs: x: [..., size]; skip: the shape of x or a shape that broadcasts to it; scale, shift and bias: [size].
 * Outputs: y as x; the mean and 1 / deviation of each row; the sum that is normalised. Of SimplifiedLayerNormalization
 * output 1 is 1 / deviation.
 *
 * @param simplified whether the mean stays in
 * @param skip the input that is added, or -1
 * @param shift the input behind the scale that is added last, or -1
 * @param bias the input that is added first, or -1
 * @param epsilonWhenAbsent what is added to the variance where no attribute says
 */
public record Normalization(boolean simplified, int skip, int shift, int bias, float epsilonWhenAbsent)
        implements Operator {
    static final Normalization SKIP = new Normalization(false, 1, 3, 4, 1e-12f);
    static final Normalization SKIP_SIMPLIFIED = new Normalization(true, 1, -1, 3, 1e-12f);
    static final Normalization SIMPLIFIED = new Normalization(true, -1, -1, -1, 1e-5f);

    public int scale() {
        return skip < 0 ? 1 : 2;
    }

    public int meanOutput() {
        return skip < 0 ? -1 : 1;
    }

    public int deviationOutput() {
        return skip < 0 ? 1 : 2;
    }

    public int sumOutput() {
        return skip < 0 ? -1 : 3;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType y = x.withDataType(skip < 0 ? inference.type(scale()).dataType() : x.dataType());
        TensorType statistics = LayerNormalization.statisticsType(x, rank -> axis(inference, rank));
        return skip < 0 ? List.of(y, statistics) : List.of(y, statistics, statistics, x);
    }

    public int axis(Inference inference, int rank) {
        long axis = skip < 0 ? inference.attributes().integer("axis", -1) : -1;
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException(
                    "attribute 'axis': expected an axis of a tensor of rank " + rank + ", got " + axis);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    @Override
    public void lower(Lowering lowering) {
        int[] inputs = {0, scale(), Math.max(skip, 0), Math.max(shift, 0), Math.max(bias, 0)};
        ComputePrecision precision = ComputePrecision.of(lowering, inputs);
        NormKernel norm = lowering.kernels().reduce().norm(precision.type());
        BinaryKernel add = lowering.kernels().elementwise().binary(BinaryOp.ADD, precision.type());
        float epsilon = lowering.attributes().real("epsilon", epsilonWhenAbsent);
        lowering.step(run -> {
            Tensor y = run.output(0);
            Shape shape = y.shape();
            int axis = axis(lowering, shape.rank());
            Rows rows = new Rows(
                    Math.toIntExact(shape.elements(0, axis)),
                    Math.toIntExact(shape.elements(axis, shape.rank())),
                    epsilon);
            MemorySegment sum = sum(run, precision, add, rows);
            MemorySegment computed = precision.target(run, y);
            normalize(run, precision, norm, rows, sum, computed);
            precision.write(run, computed, y);
            statistics(run, precision.type(), rows, sum);
        });
    }

    private record Rows(int count, int columns, float epsilon) {}

    /** The elements of an input for one row. */
    private static MemorySegment row(StepRun run, ComputePrecision precision, Rows rows, int input) {
        Tensor tensor = run.input(input);
        if (tensor.shape().elements() != rows.columns()) {
            throw new IllegalArgumentException(
                    "input " + input + ": expected " + rows.columns() + " elements, got " + tensor.shape());
        }
        return precision.read(run, tensor);
    }

    /** What is normalised. */
    private MemorySegment sum(StepRun run, ComputePrecision precision, BinaryKernel add, Rows rows) {
        Tensor x = run.input(0);
        Tensor read = precision.tensor(run, x);
        if (skip < 0) {
            return read.segment();
        }
        boolean wanted = run.wants(sumOutput());
        MemorySegment memory = wanted
                ? precision.target(run, run.output(sumOutput()))
                : run.scratch(x.shape().elements() * precision.type().bytes());
        Tensor sum = Tensor.of(precision.type(), x.shape(), memory);
        Tensor other = run.input(skip);
        BinaryLoop.run(add, read, precision.tensor(run, other), sum, run.workers());
        if (bias >= 0 && run.has(bias)) {
            Tensor row = Tensor.of(precision.type(), Shape.of(rows.columns()), row(run, precision, rows, bias));
            BinaryLoop.run(add, sum, row, sum, run.workers());
        }
        if (wanted) {
            precision.write(run, memory, run.output(sumOutput()));
        }
        return memory;
    }

    private void normalize(
            StepRun run, ComputePrecision precision, NormKernel norm, Rows rows, MemorySegment x, MemorySegment y) {
        MemorySegment scale = row(run, precision, rows, scale());
        long bytes = (long) rows.columns() * precision.type().bytes();
        MemorySegment shifts;
        if (shift >= 0 && run.has(shift)) {
            shifts = row(run, precision, rows, shift);
        } else {
            shifts = run.scratch(bytes);
            shifts.fill((byte) 0);
        }
        Parallel.rows(run.workers(), rows.count(), rows.columns(), precision.type(), (from, count) -> {
            long at = bytes * from;
            if (simplified) {
                norm.rootMeanSquare(x, at, scale, 0, y, at, count, rows.columns(), rows.epsilon());
            } else {
                norm.layer(x, at, scale, 0, shifts, 0, y, at, count, rows.columns(), rows.epsilon());
            }
        });
    }

    private void statistics(StepRun run, DataType type, Rows rows, MemorySegment x) {
        boolean mean = meanOutput() >= 0 && run.wants(meanOutput());
        boolean deviation = run.wants(deviationOutput());
        for (int row = 0; (mean || deviation) && row < rows.count(); row++) {
            long at = (long) row * rows.columns();
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < rows.columns(); i++) {
                sum += ComputeElements.get(x, type, at + i);
            }
            double centre = sum / rows.columns();
            for (int i = 0; i < rows.columns(); i++) {
                double distance = ComputeElements.get(x, type, at + i) - (simplified ? 0 : centre);
                squares += distance * distance;
            }
            if (mean) {
                ComputeElements.set(run.output(meanOutput()).segment(), type, row, centre);
            }
            if (deviation) {
                double inverse = 1 / Math.sqrt(squares / rows.columns() + rows.epsilon());
                ComputeElements.set(run.output(deviationOutput()).segment(), type, row, inverse);
            }
        }
    }
}
