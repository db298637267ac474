package dev.nereid.models.operators.signal;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * ONNX MelWeightMatrix: by a product with it, the frequencies of a one-sided spectrum become bins of equal width on the
 * mel scale, each a triangle over its neighbours' centres.
 *
 * <p>num_mel_bins, dft_length, sample_rate, lower_edge_hertz, upper_edge_hertz: scalars; y: [dft_length / 2 + 1,
 * num_mel_bins].
 */
final class MelWeightMatrix implements Operator {
    private static final int BINS = 0;
    private static final int LENGTH = 1;
    private static final int RATE = 2;
    private static final int LOWER = 3;
    private static final int UPPER = 4;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType type = OnnxTypes.dataType(in.attributes().integer("output_datatype", 1));
        SignalOperators.requireNumber(type, "output_datatype");
        Optional<Dim> bins = SignalScalars.content(in, BINS);
        Optional<Dim> length = SignalScalars.content(in, LENGTH);
        if (bins.isPresent() && bins.get().isKnown()) {
            SignalScalars.atLeast(0, bins.get().value(), "num_mel_bins");
        }
        if (length.isPresent() && length.get().isKnown()) {
            SignalScalars.atLeast(0, length.get().value(), "dft_length");
        }
        Dim rows = length.map(points -> points.floorDivide(Dim.of(2)).plus(1)).orElseGet(in::unknownDim);
        return List.of(TensorType.of(type, List.of(rows, bins.orElseGet(in::unknownDim))));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        lowering.step(run -> {
            Tensor y = run.output(0);
            Samples samples = Samples.target(run, y);
            long elements = y.shape().elements();
            for (long i = 0; i < elements; i++) {
                samples.set(i, 0);
            }
            if (elements > 0) {
                int frequencies = Math.toIntExact(y.shape().dim(0));
                int bins = Math.toIntExact(y.shape().dim(1));
                fill(samples, centres(run, frequencies, bins), frequencies, bins);
            }
            samples.store(run, kernels, y);
        });
    }

    /** The frequency of the spectrum at which each bin peaks, and before and after them one more. */
    private static int[] centres(StepRun run, int frequencies, int bins) {
        long length = SignalScalars.of(run.input(LENGTH), "dft_length");
        long rate = SignalScalars.atLeast(1, run.input(RATE), "sample_rate");
        double low = mel(RealNumbers.first(run.input(LOWER)));
        double high = mel(RealNumbers.first(run.input(UPPER)));
        int[] centres = new int[bins + 2];
        for (int i = 0; i < centres.length; i++) {
            double hertz = 700 * (Math.pow(10, (low + i * (high - low) / centres.length) / 2595) - 1);
            double centre = Math.floor((length + 1) * hertz / rate);
            if (!(centre >= 0 && centre <= frequencies)) {
                throw new ModelFormatException("lower_edge_hertz and upper_edge_hertz: expected edges from 0 to half"
                        + " of the sample rate " + rate + ", got a bin at " + hertz);
            }
            centres[i] = (int) centre;
        }
        return centres;
    }

    private static void fill(Samples y, int[] centres, int frequencies, int bins) {
        for (int bin = 0; bin < bins; bin++) {
            int left = centres[bin];
            int centre = centres[bin + 1];
            int right = centres[bin + 2];
            for (int k = left; k <= Math.min(centre, frequencies - 1); k++) {
                y.set((long) k * bins + bin, left == centre ? 1 : (double) (k - left) / (centre - left));
            }
            for (int k = centre; k < Math.min(right, frequencies); k++) {
                y.set((long) k * bins + bin, (double) (right - k) / (right - centre));
            }
        }
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }
}
