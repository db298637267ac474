package dev.nereid.models.operators.signal;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX DFT: the Fourier transform along one axis, which is an attribute in version 17 and an input since 20. Signals are
 * cut or filled up with zeros to the length of the transform. A one-sided transform gives the frequencies up to half of
 * the length; its inverse takes those and gives real numbers.
 *
 * <p>x: [..., n, ..., 1 or 2]; y: [..., m, ..., 2], and 1 of the one-sided inverse.
 *
 * @param axisIsInput whether the axis is input 2 and -2 without it; else an attribute and 1 without it
 */
record Dft(boolean axisIsInput) implements Operator {
    private static final int LENGTH = 1;
    private static final int AXIS = 2;

    /**
     * What one run does.
     *
     * @param points the length of the transform
     * @param kept the part of the result that is given
     */
    private record Job(int axis, boolean inverse, boolean oneSided, int points, int kept) {}

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        checkRank(x.rank());
        boolean inverse = in.attributes().integer("inverse", 0) != 0;
        boolean oneSided = in.attributes().integer("onesided", 0) != 0;
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(x.rank() - 1, Dim.of(inverse && oneSided ? 1 : 2));
        Optional<Long> axis = axis(in);
        if (axis.isEmpty()) {
            for (int i = 0; i < x.rank() - 1; i++) {
                dims.set(i, in.unknownDim());
            }
        } else {
            int at = signalAxis(axis.get(), x.rank());
            dims.set(at, length(in, x.dim(at), inverse, oneSided));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        boolean inverse = lowering.attributes().integer("inverse", 0) != 0;
        boolean oneSided = lowering.attributes().integer("onesided", 0) != 0;
        long attribute = lowering.attributes().integer("axis", 1);
        lowering.step(run -> {
            long axis = attribute;
            if (axisIsInput) {
                axis = run.has(AXIS) ? SignalScalars.of(run.input(AXIS), "axis") : -2;
            }
            Shape x = run.input(0).shape();
            checkRank(x.rank());
            int at = signalAxis(axis, x.rank());
            long length = x.dim(at);
            long points = run.has(LENGTH)
                    ? SignalScalars.of(run.input(LENGTH), "dft_length")
                    : inverse && oneSided ? 2 * (length - 1) : length;
            if (run.output(0).shape().elements() > 0) {
                int valid = SignalScalars.atLeast(1, points, "dft_length");
                int kept = Math.toIntExact(run.output(0).shape().dim(at));
                transform(run, kernels, new Job(at, inverse, oneSided, valid, kept));
            }
        });
    }

    private static void transform(StepRun run, ElementwiseKernels kernels, Job job) {
        Tensor input = run.input(0);
        Tensor output = run.output(0);
        Samples x = Samples.of(run, kernels, input);
        Samples y = Samples.target(run, output);
        int parts = Math.toIntExact(input.shape().dim(-1));
        int kept = Math.toIntExact(output.shape().dim(-1));
        int rank = input.shape().rank();
        long inner = input.shape().elements(job.axis() + 1, rank - 1);
        long outer = input.shape().elements(0, job.axis());
        int length = Math.toIntExact(input.shape().dim(job.axis()));
        boolean halved = job.inverse() && job.oneSided();
        Spectra.Signal signal = new Spectra.Signal() {
            @Override
            public void read(long index, double[] real, double[] imaginary) {
                long first = index / inner * length * inner + index % inner;
                int limit = halved ? job.points() / 2 + 1 : job.points();
                for (int n = 0; n < Math.min(job.points(), limit); n++) {
                    long at = (first + n * inner) * parts;
                    real[n] = n < length ? x.get(at) : 0;
                    imaginary[n] = n < length && parts == 2 ? x.get(at + 1) : 0;
                }
                if (halved) {
                    mirror(real, imaginary);
                }
            }

            @Override
            public void write(long index, double[] real, double[] imaginary) {
                long first = index / inner * job.kept() * inner + index % inner;
                for (int k = 0; k < job.kept(); k++) {
                    long at = (first + k * inner) * kept;
                    y.set(at, real[k]);
                    if (kept == 2) {
                        y.set(at + 1, imaginary[k]);
                    }
                }
            }
        };
        Spectra.run(FourierTransform.of(job.points()), job.inverse(), outer * inner, signal, run.workers());
        y.store(run, kernels, output);
    }

    /** The frequencies above half of the length are those below it, conjugate, since the signal is real. */
    private static void mirror(double[] real, double[] imaginary) {
        int points = real.length;
        imaginary[0] = 0;
        for (int k = 1; k <= points / 2; k++) {
            if (2 * k == points) {
                imaginary[k] = 0;
            }
            real[points - k] = real[k];
            imaginary[points - k] = -imaginary[k];
        }
    }

    private static Dim length(Inference in, Dim length, boolean inverse, boolean oneSided) {
        Optional<Dim> points = in.has(LENGTH)
                ? SignalScalars.content(in, LENGTH)
                : Optional.of(inverse && oneSided ? length.minus(Dim.of(1)).times(2) : length);
        if (points.isPresent() && points.get().isKnown()) {
            SignalScalars.atLeast(0, points.get().value(), "dft_length");
        }
        Optional<Dim> kept = oneSided && !inverse
                ? points.map(all -> all.floorDivide(Dim.of(2)).plus(1))
                : points;
        return kept.orElseGet(in::unknownDim);
    }

    private Optional<Long> axis(Inference in) {
        if (!axisIsInput) {
            return Optional.of(in.attributes().integer("axis", 1));
        }
        if (!in.has(AXIS)) {
            return Optional.of(-2L);
        }
        return SignalScalars.content(in, AXIS).filter(Dim::isKnown).map(Dim::value);
    }

    /** The axis in [0, rank - 1): the last one holds real and imaginary parts. */
    private static int signalAxis(long axis, int rank) {
        long at = axis < 0 ? axis + rank : axis;
        if (at < 0 || at >= rank - 1) {
            throw new ModelFormatException(
                    "axis: expected one from " + -rank + " to " + (rank - 2) + " but not -1, got " + axis);
        }
        return (int) at;
    }

    private static void checkRank(int rank) {
        if (rank < 2) {
            throw new ModelFormatException("input: expected rank 2 at least, got " + rank);
        }
    }
}
