package dev.nereid.bench.engine;

import dev.nereid.kernels.KernelSet;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/** Runs both engines on one case in this process, in turns, and compares. */
final class Comparison {
    /**
     * What one process measured.
     *
     * @param nereidMicros median time of one inference
     * @param ortMicros median time of one inference
     * @param ratio median over the turns of ONNX Runtime's time by ours
     */
    record Measurement(double nereidMicros, double ortMicros, double ratio) {}

    private static final long TURN_NANOS = 20_000_000;

    private Comparison() {}

    /**
     * Warms both engines up, checks that they agree, then measures for about {@code seconds}.
     *
     * @throws IllegalStateException if the outputs differ by more than rounding
     */
    static Measurement run(EngineCase engineCase, KernelSet kernels, int threads, double seconds) {
        try (Arena arena = Arena.ofShared();
                NereidEngine nereid = new NereidEngine(engineCase.file(), kernels, threads)) {
            List<NereidEngine.Input> declared = nereid.declaredInputs();
            List<String> names = declared.stream().map(NereidEngine.Input::name).toList();
            try (OrtEngine ort = new OrtEngine(engineCase.file(), names, threads)) {
                List<Tensor> inputs = engineCase.inputs(declared, arena);
                nereid.bind(inputs);
                ort.bind(inputs);
                requireAgreement(engineCase, nereid.firstOutput(), ort.firstOutput());
                warmUp(nereid, seconds);
                warmUp(ort, seconds / 2);
                return measure(nereid, ort, seconds);
            }
        }
    }

    private static void warmUp(Engine engine, double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            engine.run();
        }
    }

    private static Measurement measure(Engine nereid, Engine ort, double seconds) {
        int runs = Math.clamp(TURN_NANOS / Math.max(1, time(nereid, 1)), 1, 10_000);
        int turns = Math.clamp((long) (seconds * 1e9 / (2.5 * TURN_NANOS)), 7, 500);
        double[] ours = new double[turns];
        double[] theirs = new double[turns];
        double[] ratios = new double[turns];
        for (int turn = 0; turn < turns; turn++) {
            boolean oursFirst = turn % 2 == 0;
            double first = (double) time(oursFirst ? nereid : ort, runs) / runs;
            double second = (double) time(oursFirst ? ort : nereid, runs) / runs;
            ours[turn] = oursFirst ? first : second;
            theirs[turn] = oursFirst ? second : first;
            ratios[turn] = theirs[turn] / ours[turn];
        }
        return new Measurement(median(ours) / 1e3, median(theirs) / 1e3, median(ratios));
    }

    private static long time(Engine engine, int runs) {
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            engine.run();
        }
        return System.nanoTime() - start;
    }

    /** Both must point the same way: a wrong kernel turns the output, rounding and quantisation do not. */
    private static void requireAgreement(EngineCase engineCase, float[] ours, float[] theirs) {
        if (ours.length != theirs.length) {
            throw new IllegalStateException(engineCase.model() + "/" + engineCase.name() + ": " + ours.length
                    + " values, ONNX Runtime has " + theirs.length);
        }
        double dot = 0;
        double norms = 0;
        double otherNorms = 0;
        for (int i = 0; i < ours.length; i++) {
            dot += (double) ours[i] * theirs[i];
            norms += (double) ours[i] * ours[i];
            otherNorms += (double) theirs[i] * theirs[i];
        }
        double cosine = norms == 0 || otherNorms == 0 ? 1 : dot / Math.sqrt(norms * otherNorms);
        if (!(cosine >= 0.99)) {
            throw new IllegalStateException(engineCase.model() + "/" + engineCase.name()
                    + ": outputs differ from ONNX Runtime's, cosine " + cosine);
        }
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
