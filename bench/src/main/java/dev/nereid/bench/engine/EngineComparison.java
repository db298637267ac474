package dev.nereid.bench.engine;

import dev.nereid.bench.CodeWarmup;
import dev.nereid.kernels.KernelSet;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A model in both engines, in this process: both run its cases in turns, and the outputs and times are compared. */
final class EngineComparison implements AutoCloseable {
    /**
     * What one process measured of a case.
     *
     * @param nereidMicros median time of one inference
     * @param ortMicros median time of one inference
     * @param ratio median over the turns of ONNX Runtime's time by ours
     */
    record Measurement(double nereidMicros, double ortMicros, double ratio) {}

    private static final long TURN_NANOS = 20_000_000;
    private static final int FEWEST_TURNS = 5;

    private final Engine nereid;
    private final Engine ort;
    private final boolean severalThreads;

    /**
     * Loads the model.
     *
     * @throws dev.nereid.models.ModelFormatException if our engine cannot
     * @throws IllegalStateException if ONNX Runtime cannot
     */
    EngineComparison(Path file, KernelSet kernels, EngineSetup setup) {
        this.nereid = new NereidEngine(file, kernels, setup);
        this.ort = new OrtEngine(file, setup.threads());
        this.severalThreads = setup.threads() > 1;
    }

    /**
     * Checks that the engines agree, warms both up, then measures for about {@code seconds}.
     *
     * @param engineCase of the model
     * @throws IllegalStateException if the outputs differ by more than rounding
     */
    Measurement measure(EngineCase engineCase, double seconds) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = engineCase.inputs(nereid.inputs(), arena);
            nereid.bind(inputs);
            ort.bind(inputs);
            Optional<String> difference = OutputAgreement.difference(nereid.outputs(), ort.outputs());
            if (difference.isPresent()) {
                throw new IllegalStateException(
                        engineCase.label() + ": the answer differs from ONNX Runtime's: " + difference.get());
            }
            CodeWarmup.run(nereid::run, seconds);
            CodeWarmup.run(ort::run, seconds / 2);
            return takeTurns(seconds);
        }
    }

    private Measurement takeTurns(double seconds) {
        long ourNanos = time(nereid, 1);
        long theirNanos = time(ort, 1);
        int runs = Math.clamp(TURN_NANOS / Math.max(1, ourNanos), 1, 10_000);
        int turns = Math.clamp((long) (seconds * 1e9 / (runs * (ourNanos + theirNanos))), FEWEST_TURNS, 500);
        double[] ours = new double[turns];
        double[] theirs = new double[turns];
        double[] ratios = new double[turns];
        for (int turn = 0; turn < turns; turn++) {
            boolean oursFirst = turn % 2 == 0;
            double first = turn(oursFirst ? nereid : ort, runs);
            double second = turn(oursFirst ? ort : nereid, runs);
            ours[turn] = oursFirst ? first : second;
            theirs[turn] = oursFirst ? second : first;
            ratios[turn] = theirs[turn] / ours[turn];
        }
        return new Measurement(
                Statistics.median(ours) / 1e3, Statistics.median(theirs) / 1e3, Statistics.median(ratios));
    }

    /** Nanoseconds of one inference. With several threads no other engine's threads spin beside it, and its own are awake. */
    private double turn(Engine engine, int runs) {
        if (severalThreads) {
            IdleProcess.await();
            engine.run();
        }
        return (double) time(engine, runs) / runs;
    }

    private static long time(Engine engine, int runs) {
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            engine.run();
        }
        return System.nanoTime() - start;
    }

    @Override
    public void close() {
        nereid.close();
        ort.close();
    }
}
