package dev.nereid.models.operators.signal;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * ONNX STFT: the Fourier transforms of the frames of a signal, each weighted by a window.
 *
 * <p>signal: [batch, length, 1 or 2], or [batch, length]; frame_step, frame_length: scalars; window: [frame]; y: [batch,
 * frames, frequencies, 2].
 */
final class Stft implements Operator {
    private static final int STEP = 1;
    private static final int WINDOW = 2;
    private static final int FRAME = 3;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType signal = in.type(0);
        if (in.has(WINDOW) && in.type(WINDOW).dataType() != signal.dataType()) {
            throw new ModelFormatException("window: expected " + signal.dataType() + " as the signal, got "
                    + in.type(WINDOW).dataType());
        }
        if (signal.hasRank() && signal.rank() != 3 && signal.rank() != 2) {
            throw new ModelFormatException("signal: expected rank 3, got " + signal);
        }
        Optional<Dim> length = signal.hasRank() ? Optional.of(signal.dim(1)) : Optional.empty();
        Optional<Dim> frame = frame(in, length);
        Optional<Dim> step = SignalScalars.content(in, STEP);
        if (step.isPresent() && step.get().isKnown()) {
            SignalScalars.atLeast(1, step.get().value(), "frame_step");
        }
        Optional<Dim> frames = length.isPresent() && frame.isPresent() && step.isPresent()
                ? Optional.of(Dim.max(
                        length.get().minus(frame.get()).floorDivide(step.get()).plus(1), Dim.of(0)))
                : Optional.empty();
        Optional<Dim> frequencies =
                frame.map(points -> oneSided(in) ? points.floorDivide(Dim.of(2)).plus(1) : points);
        return List.of(TensorType.of(
                signal.dataType(),
                List.of(
                        signal.hasRank() ? signal.dim(0) : in.unknownDim(),
                        frames.orElseGet(in::unknownDim),
                        frequencies.orElseGet(in::unknownDim),
                        Dim.of(2))));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        lowering.step(run -> transform(run, kernels));
    }

    private static Optional<Dim> frame(Inference in, Optional<Dim> length) {
        if (in.has(FRAME)) {
            return SignalScalars.content(in, FRAME);
        }
        if (in.has(WINDOW)) {
            return in.type(WINDOW).dims().filter(dims -> dims.size() == 1).map(dims -> dims.get(0));
        }
        return length;
    }

    private static boolean oneSided(Inference in) {
        return in.attributes().integer("onesided", 1) != 0;
    }

    private static void transform(StepRun run, ElementwiseKernels kernels) {
        Tensor signal = run.input(0);
        Tensor output = run.output(0);
        int length = Math.toIntExact(signal.shape().dim(1));
        int parts =
                signal.shape().rank() == 2 ? 1 : Math.toIntExact(signal.shape().dim(2));
        int step = SignalScalars.atLeast(1, run.input(STEP), "frame_step");
        Optional<Tensor> window = run.has(WINDOW) ? Optional.of(run.input(WINDOW)) : Optional.empty();
        int frame = length;
        if (run.has(FRAME)) {
            frame = SignalScalars.atLeast(1, run.input(FRAME), "frame_length");
        } else if (window.isPresent()) {
            frame = Math.toIntExact(window.get().shape().elements());
        }
        if (parts < 1 || parts > 2) {
            throw new ModelFormatException("signal: expected 1 or 2 parts a number, got " + signal.shape());
        }
        if (window.isPresent() && window.get().shape().elements() != frame) {
            throw new ModelFormatException("window: expected the " + frame + " elements of a frame, got "
                    + window.get().shape());
        }
        if (output.shape().elements() == 0) {
            return;
        }
        int frames = Math.toIntExact(output.shape().dim(1));
        int frequencies = Math.toIntExact(output.shape().dim(2));
        Samples x = Samples.of(run, kernels, signal);
        Samples y = Samples.target(run, output);
        Optional<Samples> weights = window.map(tensor -> Samples.of(run, kernels, tensor));
        Spectra.Signal frameOfSignal = new Spectra.Signal() {
            @Override
            public void read(long index, double[] real, double[] imaginary) {
                long first = index / frames * length + index % frames * step;
                for (int n = 0; n < real.length; n++) {
                    double weight = weights.isPresent() ? weights.get().get(n) : 1;
                    long at = (first + n) * parts;
                    real[n] = weight * x.get(at);
                    imaginary[n] = parts == 2 ? weight * x.get(at + 1) : 0;
                }
            }

            @Override
            public void write(long index, double[] real, double[] imaginary) {
                long at = index * frequencies * 2;
                for (int k = 0; k < frequencies; k++) {
                    y.set(at + 2L * k, real[k]);
                    y.set(at + 2L * k + 1, imaginary[k]);
                }
            }
        };
        long signals = output.shape().dim(0) * frames;
        Spectra.run(FourierTransform.of(frame), false, signals, frameOfSignal, run.workers());
        y.store(run, kernels, output);
    }
}
